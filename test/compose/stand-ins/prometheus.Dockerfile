FROM greenroom-stand-in
RUN apt-get update -q && apt-get install -y -q --no-install-recommends prometheus wget
ENTRYPOINT ["prometheus", "--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/tmp/prometheus"]
