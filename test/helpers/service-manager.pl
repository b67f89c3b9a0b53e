# Stands in for systemd: opens a UDP and a TCP socket for each ADDRESS, keeps them, and runs COMMAND
# with them as sd_listen_fds(3) says. SIGHUP ends the command with SIGTERM and starts it again,
# SIGTERM ends both.
#
#   perl service-manager.pl PORT RECEIVE_BUFFER ADDRESS... -- COMMAND...
use strict;
use warnings;
use Fcntl qw(F_DUPFD);
use POSIX ();
use Socket qw(:DEFAULT SO_RCVBUF);
use constant SO_RCVBUFFORCE => 33;
use constant FIRST => 3;

my ($port, $buffer, @addresses) = @ARGV;
my ($end) = grep { $addresses[$_] eq '--' } 0 .. $#addresses;
my @command = splice @addresses, $end;
shift @command;

my (@handles, @sockets);
for my $address (@addresses) {
  for my $type (SOCK_DGRAM, SOCK_STREAM) {
    socket(my $socket, PF_INET, $type, 0) or die "socket: $!";
    setsockopt($socket, SOL_SOCKET, SO_REUSEADDR, 1) if $type == SOCK_STREAM;
    setsockopt($socket, SOL_SOCKET, SO_RCVBUFFORCE, $buffer)
      or setsockopt($socket, SOL_SOCKET, SO_RCVBUF, $buffer);
    bind($socket, sockaddr_in($port, inet_aton($address))) or die "bind $address: $!";
    if ($type == SOCK_STREAM) { listen($socket, 1024) or die "listen: $!" }
    push @handles, $socket;
    # Out of the way of the numbers that the command gets.
    push @sockets, fcntl($socket, F_DUPFD, 100);
  }
}

my ($child, $is_ending) = (0, 0);
$SIG{HUP} = sub { kill TERM => $child if $child };
$SIG{TERM} = sub { $is_ending = 1; kill TERM => $child if $child };
until ($is_ending) {
  $child = fork // die "fork: $!";
  if ($child == 0) {
    @SIG{qw(HUP TERM)} = ('DEFAULT') x 2;
    POSIX::dup2($sockets[$_], FIRST + $_) // die "dup2: $!" for 0 .. $#sockets;
    POSIX::close($_) for @sockets;
    @ENV{qw(LISTEN_PID LISTEN_FDS LISTEN_FDNAMES)} =
      ($$, scalar @sockets, join ':', map { "dns$_" } 0 .. $#sockets);
    exec { $command[0] } @command or die "exec: $!";
  }
  kill TERM => $child if $is_ending;
  1 while waitpid($child, 0) == -1 && $!{EINTR};
  print "ended with ", $? >> 8, "\n";
  STDOUT->flush;
  last if $? != 0;
}
