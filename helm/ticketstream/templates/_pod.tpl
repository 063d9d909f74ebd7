{{/*
The spec of a pod. Of a dict with root, component, values (worker, sidecar or jobs), args,
settings and from (as `ticketstream.settings` and `settingsFrom` give them), account, and
perhaps port, internalPort, scheme (of the probes), graceSeconds, preStopSeconds, restartPolicy, noDefinitions.
*/}}
{{- define "ticketstream.pod" -}}
{{- $root := .root -}}
{{- $values := .values -}}
{{- $files := include "ticketstream.fileSources" .from | trim -}}
{{- $definitions := and (include "ticketstream.definitions" $root | fromJson) (not .noDefinitions) -}}
serviceAccountName: {{ .account }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with $root.Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . | quote }}
{{- end }}
{{- end }}
{{- with $root.Values.podSecurityContext }}
securityContext: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .graceSeconds }}
terminationGracePeriodSeconds: {{ . }}
{{- end }}
{{- with .restartPolicy }}
restartPolicy: {{ . }}
{{- end }}
{{- with $values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.topologySpreadConstraints }}
topologySpreadConstraints:
{{- range . }}
  - {{- merge (deepCopy .) (dict "labelSelector" (dict "matchLabels" (include "ticketstream.selector" $ | fromYaml))) | toYaml | nindent 4 }}
{{- end }}
{{- end }}
containers:
  - name: {{ .args | first }}
    image: {{ include "ticketstream.image" $root | quote }}
    imagePullPolicy: {{ $root.Values.image.pullPolicy }}
    command: [ticketstream]
    args: {{ toJson .args }}
    env: {{- include "ticketstream.env" (dict "settings" .settings "from" .from "extraEnv" $values.extraEnv) | trim | nindent 6 }}
    {{- with .port }}
    ports:
      - {name: http, containerPort: {{ . }}, protocol: TCP}
      {{- with $.internalPort }}
      - {name: internal, containerPort: {{ . }}, protocol: TCP}
      {{- end }}
    {{- range $probe, $path := dict "startup" "live" "liveness" "live" "readiness" "ready" }}
    {{- with get $values.probes $probe }}
    {{ $probe }}Probe:
      httpGet: {path: /health/{{ $path }}, port: http{{ with $.scheme }}, scheme: {{ . }}{{ end }}}
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- end }}
    {{- end }}
    {{- with .preStopSeconds }}
    lifecycle:
      preStop:
        sleep: {seconds: {{ . }}}
    {{- end }}
    {{- with $values.resources }}
    resources: {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- with $root.Values.securityContext }}
    securityContext: {{- toYaml . | nindent 6 }}
    {{- end }}
    volumeMounts:
      - {name: tmp, mountPath: /tmp}
      {{- if $definitions }}
      - {name: definitions, mountPath: /etc/ticketstream/definitions, readOnly: true}
      {{- end }}
      {{- if $files }}
      - {name: files, mountPath: /etc/ticketstream/files, readOnly: true}
      {{- end }}
      {{- with $values.extraVolumeMounts }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
volumes:
  - name: tmp
    emptyDir: {sizeLimit: 64Mi}
  {{- if $definitions }}
  - name: definitions
    configMap: {name: {{ include "ticketstream.definitionsName" $root }}}
  {{- end }}
  {{- with $files }}
  - name: files
    projected:
      sources: {{- . | nindent 8 }}
  {{- end }}
  {{- with $values.extraVolumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{/* Labels and annotations of a Deployment's pod. Of root, component and values. */}}
{{- define "ticketstream.podMetadata" -}}
labels: {{- include "ticketstream.podLabels" (dict "root" .root "component" .component "more" .values.podLabels) | nindent 2 }}
{{- with .values.podAnnotations }}
annotations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* A strategy. The default's numbers do not go with another type. */}}
{{- define "ticketstream.strategy" -}}
{{- eq .type "Recreate" | ternary (omit . "rollingUpdate") . | toYaml -}}
{{- end -}}
