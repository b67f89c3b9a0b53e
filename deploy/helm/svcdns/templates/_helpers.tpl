{{- define "svcdns.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "svcdns.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{- default $full .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "svcdns.deploymentName" -}}
{{- default (include "svcdns.fullname" .) .Values.deployment.name -}}
{{- end -}}

{{- define "svcdns.clusterRoleName" -}}
{{- default (include "svcdns.fullname" .) (.Values.clusterRole | default dict).nameOverride -}}
{{- end -}}

{{- define "svcdns.serviceAccountName" -}}
{{- default (ternary (include "svcdns.fullname" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name -}}
{{- end -}}

{{/* What selects the Pods. */}}
{{- define "svcdns.selectorLabels" -}}
app.kubernetes.io/name: {{ include "svcdns.name" . }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- if .Values.isClusterService }}
k8s-app: {{ default .Chart.Name .Values.k8sAppLabelOverride | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end -}}

{{/* Those of the chart, and customLabels: a dict with `root` and, behind the name, `suffix`. */}}
{{- define "svcdns.labels" -}}
{{- $chart := dict
  "app.kubernetes.io/managed-by" .root.Release.Service
  "app.kubernetes.io/instance" .root.Release.Name
  "app.kubernetes.io/name" (printf "%s%s" (include "svcdns.name" .root) (default "" .suffix))
  "helm.sh/chart" (printf "%s-%s" .root.Chart.Name (.root.Chart.Version | replace "+" "_")) -}}
{{- if .root.Values.isClusterService -}}
{{- $app := default .root.Chart.Name .root.Values.k8sAppLabelOverride -}}
{{- $_ := set $chart "k8s-app" (printf "%s%s" $app (default "" .suffix) | trunc 63 | trimSuffix "-") -}}
{{- $_ := set $chart "kubernetes.io/cluster-service" "true" -}}
{{- end -}}
{{- toYaml (merge (deepCopy (.root.Values.customLabels | default dict)) $chart (.more | default dict)) -}}
{{- end -}}

{{/* `annotations:` with those given and customAnnotations; nothing where there are none. */}}
{{- define "svcdns.annotations" -}}
{{- $all := merge (deepCopy (.own | default dict)) (.root.Values.customAnnotations | default dict) -}}
{{- if $all }}
annotations:
  {{- toYaml $all | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Ports of the server blocks: a list in JSON of port, udp, tcp, servicePort, nodePort, hostPort. */}}
{{- define "svcdns.ports" -}}
{{- $ports := dict -}}
{{- range .Values.servers -}}
  {{- $port := toString (default 53 .port) -}}
  {{- $one := get $ports $port | default (dict "port" (int $port) "udp" false "tcp" false "servicePort" (int (default $port .servicePort))) -}}
  {{- range .zones -}}
    {{- $isPlain := has (default "" .scheme) (list "" "dns://") -}}
    {{- if $isPlain }}{{ $_ := set $one "udp" true }}{{ end -}}
    {{- if or (not $isPlain) .use_tcp }}{{ $_ := set $one "tcp" true }}{{ end -}}
  {{- end -}}
  {{- if not (or $one.udp $one.tcp) }}{{ $_ := set $one "udp" true }}{{ end -}}
  {{- if .nodePort }}{{ $_ := set $one "nodePort" (int .nodePort) }}{{ end -}}
  {{- if .hostPort }}{{ $_ := set $one "hostPort" (int .hostPort) }}{{ end -}}
  {{- $_ := set $ports $port $one -}}
{{- end -}}
{{- $list := list -}}
{{- range $key := keys $ports | sortAlpha }}{{ $list = append $list (get $ports $key) }}{{ end -}}
{{- toJson $list -}}
{{- end -}}

{{/* "true" where the Corefile needs Pods, or the hosts of k8s_gateway. */}}
{{- define "svcdns.wants" -}}
{{- $wants := dict "pods" false "gateway" false -}}
{{- range .Values.servers -}}
  {{- range .plugins -}}
    {{- if and (eq .name "kubernetes") (regexMatch "(?m)^\\s*pods\\s+verified\\b" (default "" .configBlock)) -}}
      {{- $_ := set $wants "pods" true -}}
    {{- end -}}
    {{- if eq .name "autopath" }}{{ $_ := set $wants "pods" true }}{{ end -}}
    {{- if eq .name "k8s_gateway" }}{{ $_ := set $wants "gateway" true }}{{ end -}}
  {{- end -}}
{{- end -}}
{{- toJson $wants -}}
{{- end -}}
