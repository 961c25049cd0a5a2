# Built with what config/setup.sh and the build prove: Debian 12, the packages of config/packages.txt, Swift 6.3.
FROM swift:6.3-bookworm AS build
WORKDIR /src
COPY config config
# setup.sh copies browser assets into public/, which has to exist.
RUN mkdir -p public models && config/setup.sh
COPY . .
RUN config/setup.sh && swift build -c release --product plumbline \
    && install -D "$(swift build -c release --show-bin-path)/plumbline" /out/plumbline

# The same Debian with the Swift runtime libraries and no compiler.
FROM swift:6.3-bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libarchive13 libdnnl2 libpng16-16 libsqlite3-0 \
        libssl3 libturbojpeg0 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home --home-dir /var/lib/plumbline plumbline
COPY --from=build /out/plumbline /usr/local/bin/plumbline
COPY --from=build /src/public /usr/share/plumbline/public
COPY --from=build /src/models /usr/share/plumbline/models
USER plumbline
WORKDIR /var/lib/plumbline
VOLUME /var/lib/plumbline
ENV PLUMBLINE_DATA_DIR=/var/lib/plumbline/data PLUMBLINE_PUBLIC_DIR=/usr/share/plumbline/public \
    PLUMBLINE_MODELS_DIR=/usr/share/plumbline/models
# A container has to listen on all its addresses. --behind-proxy is said for whoever runs it: there is no TLS in here, so
# publish the port on loopback and let a proxy that does TLS carry it further. The first start prints an access token.
#   docker run -p 127.0.0.1:8080:8080 -v plumbline:/var/lib/plumbline IMAGE
EXPOSE 8080
ENTRYPOINT ["plumbline"]
CMD ["serve", "--host", "0.0.0.0", "--behind-proxy"]
