# The API image: the lock file, the four packages, compiled kernels, an unprivileged user.
FROM python:3.12-slim
ENV PYTHONUTF8=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 \
    NUMBA_CACHE_DIR=/opt/taxgraph/numba-cache NUMBA_CPU_NAME=generic
WORKDIR /opt/taxgraph
COPY requirements.lock pyproject.toml README.md LICENSE ./
RUN pip install --require-hashes --requirement requirements.lock
COPY graph graph
COPY loaders loaders
COPY queries queries
COPY api api
RUN pip install --no-deps --no-build-isolation . \
 && taxgraph warm \
 && useradd --system --home /var/lib/taxgraph --create-home taxgraph \
 && chown -R taxgraph /opt/taxgraph/numba-cache
USER taxgraph
EXPOSE 8000
CMD ["taxgraph", "serve", "--host", "0.0.0.0", "--port", "8000"]
