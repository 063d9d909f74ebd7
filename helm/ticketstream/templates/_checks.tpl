{{/* What the schema cannot say. Each sentence names the value and the way to mend it. */}}
{{- define "ticketstream.checks" -}}
{{- $code := include "ticketstream.code" . | fromJson -}}
{{- $lots := dict "" .Values "worker." .Values.worker "sidecar." .Values.sidecar "topics." .Values.topics "check." .Values.check -}}
{{- range $stage, $own := .Values.worker.stages }}{{ $_ := set $lots (printf "worker.stages.%s." $stage) $own }}{{ end -}}
{{- $definable := include "ticketstream.definable" . | fromJson -}}
{{- range $name, $one := $definable -}}
  {{- if contains "\uFFFD" (toString $one.text) -}}
    {{- fail (printf "%s: the text has the character U+FFFD, which stands for bytes that are not UTF-8: save the file as UTF-8" $one.value) -}}
  {{- end -}}
{{- end -}}
{{- range $at, $own := $lots -}}
  {{- range $name, $one := $definable -}}
    {{- if hasKey ($own.settingsFrom | default dict) $name -}}
      {{- fail (printf "%ssettingsFrom.%s: workers read this file at their start alone. Give its text instead, and a change replaces them: --set-file %s=%s" $at $name $one.value $one.file) -}}
    {{- else if and $one.text (hasKey ($own.settings | default dict) $name) -}}
      {{- fail (printf "%ssettings.%s: the value %s is given as well. Leave one of them out" $at $name $one.value) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- $fixed := dict
  "instance_id" "the pods of a Deployment come and go, and each needs a name of its own. Leave it out"
  "partitions" "set the value `partitions` instead, which also limits the workers" -}}
{{- $given := dict -}}
{{- range $name, $one := include "ticketstream.definitions" . | fromJson -}}
  {{- $_ := set $given $name (printf "the value %s is given as well. Leave one of them out" $one.value) -}}
{{- end -}}
{{- range $at, $own := $lots -}}
  {{- range $name, $value := $own.settings | default dict -}}
    {{- if has $name $code.secrets -}}
      {{- fail (printf "%ssettings.%s is a secret. Put it into a Secret and name that: %ssettingsFrom.%s: {secret: NAME, key: KEY}" $at $name $at $name) -}}
    {{- else if hasKey $fixed $name -}}
      {{- fail (printf "%ssettings.%s: %s" $at $name (get $fixed $name)) -}}
    {{- else if and (hasSuffix "_http_port" $name) (has (toString $value) (list "0" "0.0")) -}}
      {{- fail (printf "%ssettings.%s: probes need a fixed port, not 0" $at $name) -}}
    {{- else if and (hasKey $definable $name) (not (hasPrefix "/" (toString $value))) -}}
      {{- $one := get $definable $name -}}
      {{- fail (printf "%ssettings.%s: give the text of the file instead, by --set-file %s=%s, or an absolute path in your image" $at $name $one.value $one.file) -}}
    {{- else if and (has $name $code.files) (not (hasPrefix "/" (toString $value))) -}}
      {{- fail (printf "%ssettings.%s: give an absolute path, or name the Secret or ConfigMap with the file: %ssettingsFrom.%s" $at $name $at $name) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- range $at, $own := set (omit $lots "") "jobs." .Values.jobs -}}
  {{- range $env := $own.extraEnv -}}
    {{- range $name, $why := merge $given $fixed -}}
      {{- if eq (toString $env.name) (printf "TICKETSTREAM_%s" (upper $name)) -}}
        {{- fail (printf "%sextraEnv: %s: %s" $at $env.name $why) -}}
      {{- end -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- if .Values.sidecar.enabled -}}
  {{- $settings := include "ticketstream.sidecarSettings" . | fromJson -}}
  {{- $port := include "ticketstream.setting" (dict "root" . "settings" $settings "name" "sidecar_http_port") -}}
  {{- if eq $port (include "ticketstream.internalPort" .) -}}
    {{- fail (printf "sidecar_internal_http_port is %s, as sidecar_http_port is: give it a port of its own, or leave it out" $port) -}}
  {{- end -}}
{{- end -}}
{{- if not (or (.Values.settings | default dict).kafka_brokers (.Values.settingsFrom | default dict).kafka_brokers) -}}
  {{- fail "settings.kafka_brokers: give the addresses of your brokers, host:port, several by comma" -}}
{{- end -}}
{{- if .Values.networkPolicy.enabled -}}
  {{- $unseen := dict
    "kafka_brokers" (dict "value" "kafkaPorts" "what" "the ports of your brokers")
    "kafka_oauth_token_url" (dict "value" "kafkaOauthPort" "what" "the port of the address, such as 443") -}}
  {{- range $at, $own := $lots -}}
    {{- $from := $own.settingsFrom | default dict -}}
    {{- $settings := merge (deepCopy ($own.settings | default dict)) ($.Values.settings | default dict) -}}
    {{- range $name, $unseen := $unseen -}}
      {{- if and (get $from $name) (not (get $settings $name)) (not (get $.Values.networkPolicy $unseen.value)) -}}
        {{- fail (printf "networkPolicy.%s: give %s, which the chart cannot see in %ssettingsFrom.%s" $unseen.value $unseen.what $at $name) -}}
      {{- end -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- if and .Values.worker.stages (eq .Values.worker.deployment "together") -}}
  {{- fail "worker.stages is of use only with worker.deployment=each" -}}
{{- end -}}
{{- range $name, $worker := include "ticketstream.workers" . | fromJson -}}
  {{- $scaling := $worker.autoscaling -}}
  {{- $settings := include "ticketstream.settings" (dict "root" $ "own" (list $worker.settings)) | fromJson -}}
  {{- if eq $scaling.type "none" -}}
    {{- if gt (int $worker.replicas) (int $.Values.partitions) -}}
      {{- fail (printf "%s: %v workers are more than the %v partitions of a topic, and the others would idle. Lower worker.replicas, or set `partitions` if your topics have more" $name $worker.replicas $.Values.partitions) -}}
    {{- end -}}
  {{- else -}}
    {{- if gt (int $scaling.maxReplicas) (int $.Values.partitions) -}}
      {{- fail (printf "%s: autoscaling.maxReplicas %v is more than the %v partitions of a topic, and the others would idle. Lower it, or set `partitions` if your topics have more" $name $scaling.maxReplicas $.Values.partitions) -}}
    {{- end -}}
    {{- if gt (int $scaling.minReplicas) (int $scaling.maxReplicas) -}}
      {{- fail (printf "%s: autoscaling.minReplicas %v is more than maxReplicas %v" $name $scaling.minReplicas $scaling.maxReplicas) -}}
    {{- end -}}
    {{- $session := include "ticketstream.setting" (dict "root" $ "settings" $settings "name" "session_seconds") -}}
    {{- if le (float64 $scaling.scaleDownSeconds) (float64 $session) -}}
      {{- fail (printf "%s: autoscaling.scaleDownSeconds %v must be above the setting session_seconds, %s: each worker that goes causes a rebalance" $name $scaling.scaleDownSeconds $session) -}}
    {{- end -}}
    {{- $window := include "ticketstream.setting" (dict "root" $ "settings" $settings "name" "window") -}}
    {{- if and $scaling.keda.lagThreshold (lt (int $scaling.keda.lagThreshold) (int $window)) -}}
      {{- fail (printf "%s: autoscaling.keda.lagThreshold %v must not be below the setting window, %s: lag counts from the committed offset, so one slow ticket shows a whole window" $name $scaling.keda.lagThreshold $window) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- include "ticketstream.checkSecrets" . -}}
{{- end -}}

{{/* Name each Secret and ConfigMap, or key of one, that is missing. Without a cluster, as in `helm template`, nothing is known. */}}
{{- define "ticketstream.checkSecrets" -}}
{{- if and .Values.checkSecrets (lookup "v1" "ConfigMap" .Release.Namespace "kube-root-ca.crt") -}}
{{- $missing := list -}}
{{- $lots := list .Values.settingsFrom .Values.worker.settingsFrom .Values.sidecar.settingsFrom .Values.topics.settingsFrom .Values.check.settingsFrom -}}
{{- range $stage, $own := .Values.worker.stages }}{{ $lots = append $lots ($own.settingsFrom | default dict) }}{{ end -}}
{{- range $lots -}}
  {{- range $name, $from := . -}}
    {{- $kind := hasKey $from "secret" | ternary "Secret" "ConfigMap" -}}
    {{- $object := $from.secret | default $from.configMap -}}
    {{- $found := lookup "v1" $kind $.Release.Namespace $object -}}
    {{- if not $found -}}
      {{- $missing = append $missing (printf "%s %s (for %s)" $kind $object $name) -}}
    {{- else if not (hasKey ($found.data | default dict) $from.key) -}}
      {{- $missing = append $missing (printf "key %s in %s %s (for %s)" $from.key $kind $object $name) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- range .Values.image.pullSecrets -}}
  {{- if not (lookup "v1" "Secret" $.Release.Namespace .) -}}
    {{- $missing = append $missing (printf "Secret %s (for image.pullSecrets)" .) -}}
  {{- end -}}
{{- end -}}
{{- if $missing -}}
  {{- fail (printf "missing in namespace %s: %s. Create it first, or set checkSecrets=false if it comes later" .Release.Namespace (join ", " (uniq $missing))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
