FROM greenroom-stand-in
RUN apt-get update -q && apt-get install -y -q --no-install-recommends nats-server wget
ENTRYPOINT ["nats-server"]
