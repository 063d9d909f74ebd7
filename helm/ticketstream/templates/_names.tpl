{{/* Names, labels and selectors. A selector never changes: Kubernetes would refuse the upgrade. */}}

{{/* The beginning of all names, short enough for every suffix. Two long releases stay apart by a hash. */}}
{{- define "ticketstream.fullname" -}}
{{- $name := .Values.nameOverride | default .Chart.Name -}}
{{- $full := .Values.fullnameOverride | default (contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name)) -}}
{{- if gt (len $full) 40 -}}
{{- printf "%s-%s" ($full | trunc 32 | trimSuffix "-") (sha256sum $full | trunc 7) -}}
{{- else -}}
{{- $full | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Of a dict with root and component. Neither nameOverride nor a version is in it. */}}
{{- define "ticketstream.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* Labels of an object, of a dict with root, component and perhaps more. Ours win over others of the same name. */}}
{{- define "ticketstream.labels" -}}
{{- $ours := include "ticketstream.selector" . | fromYaml -}}
{{- $chart := dict "helm.sh/chart" (printf "%s-%s" .root.Chart.Name (.root.Chart.Version | replace "+" "_")) "app.kubernetes.io/version" (.root.Chart.AppVersion | toString) "app.kubernetes.io/managed-by" .root.Release.Service -}}
{{- merge $ours $chart (deepCopy (.more | default dict)) (deepCopy (.root.Values.commonLabels | default dict)) | toYaml -}}
{{- end -}}

{{/* Labels of a pod: without the chart's version, which would replace all pods. */}}
{{- define "ticketstream.podLabels" -}}
{{- merge (include "ticketstream.selector" . | fromYaml) (deepCopy (.more | default dict)) (deepCopy (.root.Values.commonLabels | default dict)) | toYaml -}}
{{- end -}}

{{/* name, namespace, labels and annotations, of a dict with root, component, name, and perhaps more and annotations. */}}
{{- define "ticketstream.metadata" -}}
name: {{ .name }}
namespace: {{ .root.Release.Namespace }}
labels: {{- include "ticketstream.labels" . | nindent 2 }}
{{- with merge (deepCopy (.annotations | default dict)) (.root.Values.commonAnnotations | default dict) }}
annotations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "ticketstream.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "ticketstream.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- define "ticketstream.image" -}}
{{- $image := .Values.image -}}
{{- with $image.registry }}{{ trimSuffix "/" . }}/{{ end -}}
{{- $image.repository -}}
{{- if $image.digest }}@{{ $image.digest }}{{ else }}:{{ $image.tag | default .Chart.AppVersion }}{{ end -}}
{{- end -}}
