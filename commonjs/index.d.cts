/** For `require('svcdns')`: what dist/index.d.ts declares, which is an ES module. */
type Library = typeof import('../dist/index.js', { with: { 'resolution-mode': 'import' }});

export type * from '../dist/index.js' with { 'resolution-mode': 'import' };

export declare const startServer: Library['startServer'];

export declare const ChainError: Library['ChainError'];
export type ChainError = InstanceType<Library['ChainError']>;

export declare const ListenError: Library['ListenError'];
export type ListenError = InstanceType<Library['ListenError']>;

export declare const SettingsError: Library['SettingsError'];
export type SettingsError = InstanceType<Library['SettingsError']>;
