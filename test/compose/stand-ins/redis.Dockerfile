FROM greenroom-stand-in
RUN apt-get update -q && apt-get install -y -q --no-install-recommends redis-server
WORKDIR /data
# The official image is built without protected mode.
ENTRYPOINT ["sh", "-c", "exec \"$@\" --protected-mode no", "sh"]
