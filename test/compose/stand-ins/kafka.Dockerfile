FROM greenroom-stand-in
RUN apt-get update -q && apt-get install -y -q --no-install-recommends default-jre-headless
RUN useradd -m -u 1000 appuser && install -d -o appuser /var/lib/kafka/data
COPY libs /opt/kafka/libs
COPY kafka.sh /
USER appuser
ENTRYPOINT ["bash", "/kafka.sh"]
