{{/* What the code says: stages, topics, settings with their defaults, which of them are secrets. `make chart` writes it. */}}
{{- define "ticketstream.code" -}}
{{- .Files.Get "files/code.json" -}}
{{- end -}}

{{/* What an operator may define, as JSON: each setting that names a file, with the name and the text of that file, and its value. */}}
{{- define "ticketstream.definable" -}}
{{- $prompts := .Values.prompts | default dict -}}
{{- dict
  "taxonomy_file" (dict "file" "taxonomy.yaml" "value" "taxonomy" "text" .Values.taxonomy)
  "policy_file" (dict "file" "policy.yaml" "value" "policy" "text" .Values.policy)
  "voice_file" (dict "file" "voice.yaml" "value" "voice" "text" .Values.voice)
  "triage_prompt_file" (dict "file" "triage_prompt.md" "value" "prompts.triage" "text" $prompts.triage)
  "pointing_prompt_file" (dict "file" "pointing_prompt.md" "value" "prompts.pointing" "text" $prompts.pointing)
  "drafting_prompt_file" (dict "file" "drafting_prompt.md" "value" "prompts.drafting" "text" $prompts.drafting) | toJson -}}
{{- end -}}

{{/* What an operator defines of it, as JSON. */}}
{{- define "ticketstream.definitions" -}}
{{- $given := dict -}}
{{- range $name, $one := include "ticketstream.definable" . | fromJson }}{{ if $one.text }}{{ $_ := set $given $name $one }}{{ end }}{{ end -}}
{{- toJson $given -}}
{{- end -}}

{{/* The ConfigMap with these texts. Another text has another name, so pods keep what they began with. */}}
{{- define "ticketstream.definitionsName" -}}
{{- printf "%s-definitions-%s" (include "ticketstream.fullname" .) (include "ticketstream.definitions" . | sha256sum | trunc 10) -}}
{{- end -}}

{{/* Settings of a component, as JSON: the chart's own, the common ones, the component's. Of a dict with root and own. */}}
{{- define "ticketstream.settings" -}}
{{- $root := .root -}}
{{- $all := dict "worker_host" "0.0.0.0" "sidecar_host" "0.0.0.0" "partitions" (int $root.Values.partitions) -}}
{{- range $name, $one := include "ticketstream.definitions" $root | fromJson }}{{ $_ := set $all $name (printf "/etc/ticketstream/definitions/%s" $one.file) }}{{ end -}}
{{- range $own := prepend .own $root.Values.settings }}{{ $all = mergeOverwrite $all (deepCopy ($own | default dict)) }}{{ end -}}
{{- toJson $all -}}
{{- end -}}

{{/* Settings from Secrets and ConfigMaps, as JSON, but for those that the component has no use for. Of root, own, component. */}}
{{- define "ticketstream.settingsFrom" -}}
{{- $all := dict -}}
{{- range $own := prepend .own .root.Values.settingsFrom }}{{ $all = mergeOverwrite $all (deepCopy ($own | default dict)) }}{{ end -}}
{{- $others := dict "worker" "^(api_keys|sidecar_)" "sidecar" "^(openai_|weaviate_)" "topics" "^(api_keys|sidecar_|openai_|weaviate_)" -}}
{{- range $name, $from := $all -}}
{{- if regexMatch (get $others $.component | default "^$") $name }}{{ $_ := unset $all $name }}{{ end -}}
{{- end -}}
{{- toJson $all -}}
{{- end -}}

{{/* The value of a setting, or the code's default. Of a dict with root, settings and name. */}}
{{- define "ticketstream.setting" -}}
{{- $code := include "ticketstream.code" .root | fromJson -}}
{{- $value := get $code.defaults .name -}}
{{- if not (kindIs "invalid" (index .settings .name)) }}{{ $value = index .settings .name }}{{ end -}}
{{- kindIs "string" $value | ternary $value ($value | toJson) -}}
{{- end -}}

{{/* Settings of the sidecar, as JSON. It has no use for definitions. */}}
{{- define "ticketstream.sidecarSettings" -}}
{{- $settings := include "ticketstream.settings" (dict "root" . "own" (list .Values.sidecar.settings)) | fromJson -}}
{{- range $name, $_ := include "ticketstream.definitions" . | fromJson }}{{ $settings = omit $settings $name }}{{ end -}}
{{- toJson $settings -}}
{{- end -}}

{{/* Settings of the sidecar from Secrets and ConfigMaps, as JSON. */}}
{{- define "ticketstream.sidecarSettingsFrom" -}}
{{- include "ticketstream.settingsFrom" (dict "root" . "own" (list .Values.sidecar.settingsFrom) "component" "sidecar") -}}
{{- end -}}

{{/* The sidecar's port for metrics and documents, if it has one of its own; `off` if they are served nowhere. */}}
{{- define "ticketstream.ownPort" -}}
{{- $settings := include "ticketstream.sidecarSettings" . | fromJson -}}
{{- $port := get $settings "sidecar_internal_http_port" -}}
{{- if $port }}{{ $port }}{{ end -}}
{{- end -}}

{{/* The same, but nothing for `off`. */}}
{{- define "ticketstream.internalPort" -}}
{{- $port := include "ticketstream.ownPort" . -}}
{{- if ne $port "off" }}{{ $port }}{{ end -}}
{{- end -}}

{{/* `https` if the sidecar has a certificate, else nothing. */}}
{{- define "ticketstream.sidecarScheme" -}}
{{- $settings := include "ticketstream.sidecarSettings" . | fromJson -}}
{{- $from := include "ticketstream.sidecarSettingsFrom" . | fromJson -}}
{{- if or (get $settings "sidecar_certificate_file") (get $from "sidecar_certificate_file") }}https{{ end -}}
{{- end -}}

{{/* Environment variables. Of a dict with settings, from and extraEnv. */}}
{{- define "ticketstream.env" -}}
{{- range $name, $value := .settings }}
{{- if and (not (kindIs "invalid" $value)) (not (hasKey $.from $name)) }}
- name: TICKETSTREAM_{{ upper $name }}
  value: {{ kindIs "string" $value | ternary $value ($value | toJson) | quote }}
{{- end }}
{{- end }}
{{- range $name, $from := .from }}
- name: TICKETSTREAM_{{ upper $name }}
  {{- if hasSuffix "_file" $name }}
  value: /etc/ticketstream/files/{{ $name }}
  {{- else if $from.secret }}
  valueFrom:
    secretKeyRef: {name: {{ $from.secret | quote }}, key: {{ $from.key | quote }}}
  {{- else }}
  valueFrom:
    configMapKeyRef: {name: {{ $from.configMap | quote }}, key: {{ $from.key | quote }}}
  {{- end }}
{{- end }}
- name: HOME
  value: /tmp
{{- with .extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Sources of the volume with the settings that are files; nothing if there are none. */}}
{{- define "ticketstream.fileSources" -}}
{{- range $name, $from := . }}
{{- if hasSuffix "_file" $name }}
- {{ hasKey $from "secret" | ternary "secret" "configMap" }}:
    name: {{ $from.secret | default $from.configMap | quote }}
    items: [{key: {{ $from.key | quote }}, path: {{ $name }}}]
{{- end }}
{{- end }}
{{- end -}}

{{/* Each Deployment of workers by its component, as JSON: the values of `worker`, and the stages that it hosts. */}}
{{- define "ticketstream.workers" -}}
{{- $code := include "ticketstream.code" . | fromJson -}}
{{- $common := omit .Values.worker "deployment" "stages" -}}
{{- $workers := dict -}}
{{- if eq .Values.worker.deployment "together" -}}
{{- $_ := set $workers "worker" (set (deepCopy $common) "hosts" (keys $code.stages | sortAlpha)) -}}
{{- else -}}
{{- range $stage := keys $code.stages -}}
{{- $own := get $.Values.worker.stages $stage | default dict -}}
{{- $_ := set $workers $stage (set (mergeOverwrite (deepCopy $common) (deepCopy $own)) "hosts" (list $stage)) -}}
{{- end -}}
{{- end -}}
{{- toJson $workers -}}
{{- end -}}
