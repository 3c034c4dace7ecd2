#!/bin/bash
# A function that keeps every event in the file $EVENTS and answers $ANSWER, or fails without one.
export LC_ALL=C
host=${AWS_LAMBDA_RUNTIME_API%:*}
port=${AWS_LAMBDA_RUNTIME_API#*:}
base=/2018-06-01/runtime/invocation

while true; do
    exec 3<>"/dev/tcp/$host/$port" || exit 1
    printf 'GET %s/next HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' \
        "$base" "$AWS_LAMBDA_RUNTIME_API" >&3
    id= length=0
    while IFS= read -r line <&3; do
        line=${line%$'\r'}
        [ -z "$line" ] && break
        case "${line,,}" in
            lambda-runtime-aws-request-id:*) id=${line#*: } ;;
            content-length:*) length=${line#*: } ;;
        esac
    done
    [ -z "$id" ] && exit 0
    IFS= read -r -N "$length" event <&3
    exec 3>&-
    printf '%s\n' "$event" >>"$EVENTS"
    outcome=response
    [ -z "$ANSWER" ] && outcome=error && ANSWER='{"errorType":"Told","errorMessage":"told to fail"}'
    exec 3<>"/dev/tcp/$host/$port" || exit 1
    printf 'POST %s/%s/%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s' \
        "$base" "$id" "$outcome" "$AWS_LAMBDA_RUNTIME_API" "${#ANSWER}" "$ANSWER" >&3
    cat <&3 >/dev/null
    exec 3>&-
    [ "$outcome" = error ] && ANSWER=
done
