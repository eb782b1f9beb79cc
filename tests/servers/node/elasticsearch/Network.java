/* What stands in for Elasticsearch's transport-netty4: HTTP by the JDK's server, and a transport between nodes that reaches
 * none. Requests are whole ones; what is over http.max_content_length is answered with 413, as Netty's is. */
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.zip.GZIPInputStream;
import org.elasticsearch.Build;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.common.bytes.BytesArray;
import org.elasticsearch.common.bytes.BytesReference;
import org.elasticsearch.common.bytes.ReleasableBytesReference;
import org.elasticsearch.common.component.AbstractLifecycleComponent;
import org.elasticsearch.common.io.stream.BytesStreamOutput;
import org.elasticsearch.common.io.stream.NamedWriteableRegistry;
import org.elasticsearch.common.network.NetworkService;
import org.elasticsearch.common.settings.ClusterSettings;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.transport.BoundTransportAddress;
import org.elasticsearch.common.transport.TransportAddress;
import org.elasticsearch.common.util.BigArrays;
import org.elasticsearch.common.util.PageCacheRecycler;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.http.HttpBody;
import org.elasticsearch.http.HttpChannel;
import org.elasticsearch.http.HttpInfo;
import org.elasticsearch.http.HttpPreRequest;
import org.elasticsearch.http.HttpRequest;
import org.elasticsearch.http.HttpResponse;
import org.elasticsearch.http.HttpServerTransport;
import org.elasticsearch.http.HttpStats;
import org.elasticsearch.http.HttpTransportSettings;
import org.elasticsearch.indices.breaker.CircuitBreakerService;
import org.elasticsearch.plugins.NetworkPlugin;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.rest.AbstractRestChannel;
import org.elasticsearch.rest.ChunkedRestResponseBodyPart;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.telemetry.TelemetryProvider;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.BytesRefRecycler;
import org.elasticsearch.transport.ConnectTransportException;
import org.elasticsearch.transport.ConnectionProfile;
import org.elasticsearch.transport.Transport;
import org.elasticsearch.transport.TransportMessageListener;
import org.elasticsearch.transport.TransportStats;
import org.elasticsearch.xcontent.NamedXContentRegistry;
import org.elasticsearch.xcontent.XContentParserConfiguration;

public final class Network extends Plugin implements NetworkPlugin {
    @Override
    public Map<String, Supplier<Transport>> getTransports(Settings settings, ThreadPool threads, PageCacheRecycler recycler,
            CircuitBreakerService breakers, NamedWriteableRegistry names, NetworkService network) {
        return Map.of("none", NoTransport::new);
    }

    @Override
    public Map<String, Supplier<HttpServerTransport>> getHttpTransports(Settings settings, ThreadPool threads,
            BigArrays arrays, PageCacheRecycler recycler, CircuitBreakerService breakers, NamedXContentRegistry names,
            NetworkService network, HttpServerTransport.Dispatcher dispatcher,
            BiConsumer<HttpPreRequest, ThreadContext> perRequest, ClusterSettings cluster, TelemetryProvider telemetry) {
        return Map.of("plain", () -> new Plain(settings, threads, names, dispatcher, rootOf(settings)));
    }

    /* GET /, which is of a module too. */
    private static byte[] rootOf(Settings settings) {
        return ("{\"name\":\"node\",\"cluster_name\":\"" + settings.get("cluster.name") + "\",\"version\":{\"number\":\""
            + Build.current().version() + "\",\"build_flavor\":\"" + Build.current().flavor()
            + "\"},\"tagline\":\"You Know, for Search\"}").getBytes(StandardCharsets.UTF_8);
    }

    /* Node-to-node: a cluster of one needs none. */
    private static final class NoTransport extends AbstractLifecycleComponent implements Transport {
        private final ResponseHandlers responses = new ResponseHandlers();
        private final RequestHandlers requests = new RequestHandlers();
        private final BoundTransportAddress address = bound(9300);

        @Override public void setMessageListener(TransportMessageListener listener) {}
        @Override public BoundTransportAddress boundAddress() { return address; }
        @Override public BoundTransportAddress boundRemoteIngressAddress() { return null; }
        @Override public Map<String, BoundTransportAddress> profileBoundAddresses() { return Map.of(); }
        @Override public TransportAddress[] addressesFromString(String text) { return new TransportAddress[0]; }
        @Override public List<String> getDefaultSeedAddresses() { return List.of(); }
        @Override public TransportStats getStats() { return null; }
        @Override public ResponseHandlers getResponseHandlers() { return responses; }
        @Override public RequestHandlers getRequestHandlers() { return requests; }
        @Override protected void doStart() {}
        @Override protected void doStop() {}
        @Override protected void doClose() {}

        @Override
        public void openConnection(DiscoveryNode node, ConnectionProfile profile, ActionListener<Connection> listener) {
            listener.onFailure(new ConnectTransportException(node, "there is no transport"));
        }
    }

    static BoundTransportAddress bound(int port) {
        TransportAddress address = new TransportAddress(InetAddress.getLoopbackAddress(), port);
        return new BoundTransportAddress(new TransportAddress[] {address}, address);
    }

    private static final class Plain extends AbstractLifecycleComponent implements HttpServerTransport {
        private final int port;
        private final int maxBytes;
        private final ThreadPool threads;
        private final XContentParserConfiguration parsing;
        private final Dispatcher dispatcher;
        private final byte[] root;
        private final ExecutorService workers = Executors.newCachedThreadPool();
        private HttpServer server;

        Plain(Settings settings, ThreadPool threads, NamedXContentRegistry names, Dispatcher dispatcher, byte[] root) {
            this.root = root;
            this.port = Integer.parseInt(settings.get("http.port"));
            this.maxBytes = (int) HttpTransportSettings.SETTING_HTTP_MAX_CONTENT_LENGTH.get(settings).getBytes();
            this.threads = threads;
            this.parsing = XContentParserConfiguration.EMPTY.withRegistry(names);
            this.dispatcher = dispatcher;
        }

        @Override public BoundTransportAddress boundAddress() { return bound(server.getAddress().getPort()); }
        @Override public HttpInfo info() { return new HttpInfo(boundAddress(), maxBytes); }
        @Override public HttpStats stats() { return new HttpStats(0, 0); }
        @Override protected void doClose() {}

        @Override
        protected void doStart() {
            try {
                server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
            server.setExecutor(workers);
            server.createContext("/", this::handle);
            server.start();
        }

        @Override
        protected void doStop() {
            server.stop(0);
            workers.shutdownNow();
        }

        private void handle(HttpExchange exchange) throws IOException {
            boolean packed = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
            InputStream plain = exchange.getRequestBody();
            byte[] body = (packed ? new GZIPInputStream(plain) : plain).readNBytes(maxBytes + 1);
            if (body.length > maxBytes) {
                plain.readAllBytes();
                exchange.sendResponseHeaders(413, -1);
                exchange.close();
                return;
            }
            if (exchange.getRequestMethod().equals("GET") && exchange.getRequestURI().getPath().equals("/")) {
                exchange.getResponseHeaders().set("Content-Type", "application/json");
                exchange.getResponseHeaders().set("X-Elastic-Product", "Elasticsearch");
                exchange.sendResponseHeaders(200, root.length);
                exchange.getResponseBody().write(root);
                exchange.close();
                return;
            }
            Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            headers.putAll(exchange.getRequestHeaders());
            headers.remove("Content-Encoding");
            RestRequest request = RestRequest.request(parsing, new Request(exchange, headers, body), new Channel());
            CountDownLatch done = new CountDownLatch(1);
            ThreadContext context = threads.getThreadContext();
            try (ThreadContext.StoredContext stored = context.stashContext()) {
                dispatcher.dispatchRequest(request, new Answer(request, exchange, context, done), context);
            }
            try {
                done.await();
            } catch (InterruptedException e) {
                exchange.close();
            }
        }
    }

    private static final class Answer extends AbstractRestChannel {
        private final HttpExchange exchange;
        private final ThreadContext context;
        private final CountDownLatch done;

        Answer(RestRequest request, HttpExchange exchange, ThreadContext context, CountDownLatch done) {
            super(request, true);
            this.exchange = exchange;
            this.context = context;
            this.done = done;
        }

        private static byte[] bytesOf(RestResponse response) throws IOException {
            if (!response.isChunked()) {
                return BytesReference.toBytes(response.content());
            }
            BytesStreamOutput out = new BytesStreamOutput();
            ChunkedRestResponseBodyPart part = response.chunkedContent();
            while (!part.isPartComplete()) {
                try (ReleasableBytesReference chunk = part.encodeChunk(1 << 16, BytesRefRecycler.NON_RECYCLING_INSTANCE)) {
                    chunk.writeTo(out);
                }
            }
            if (!part.isLastPart()) {
                throw new IOException("an answer of several parts");
            }
            return BytesReference.toBytes(out.bytes());
        }

        @Override
        public void sendResponse(RestResponse response) {
            try (response) {
                byte[] body = bytesOf(response);
                context.getResponseHeaders().forEach((name, values) -> exchange.getResponseHeaders().put(name, values));
                response.getHeaders().forEach((name, values) -> exchange.getResponseHeaders().put(name, values));
                exchange.getResponseHeaders().set("Content-Type", response.contentType());
                exchange.sendResponseHeaders(response.status().getStatus(), body.length > 0 ? body.length : -1);
                if (!exchange.getRequestMethod().equals("HEAD")) {
                    exchange.getResponseBody().write(body);
                }
            } catch (IOException e) {
                System.err.println("an answer is lost: " + e);
            } finally {
                releaseOutputBuffer();
                exchange.close();
                done.countDown();
            }
        }
    }

    private static final class Request implements HttpRequest {
        private final HttpExchange exchange;
        private final Map<String, List<String>> headers;
        private HttpBody body;

        Request(HttpExchange exchange, Map<String, List<String>> headers, byte[] body) {
            this.exchange = exchange;
            this.headers = headers;
            this.body = HttpBody.fromBytesReference(new BytesArray(body));
        }

        /* Not in 8. */
        public void setBody(HttpBody other) { body = other; }
        public boolean hasContent() { return !body.isFull() || body.asFull().bytes().length() > 0; }

        @Override public HttpBody body() { return body; }
        @Override public RestRequest.Method method() { return RestRequest.Method.valueOf(exchange.getRequestMethod()); }
        @Override public String uri() { return exchange.getRequestURI().toString(); }
        @Override public Map<String, List<String>> getHeaders() { return headers; }
        @Override public List<String> strictCookies() { return List.of(); }
        @Override public HttpVersion protocolVersion() { return HttpVersion.HTTP_1_1; }
        @Override public HttpRequest removeHeader(String name) { return this; }
        @Override public Exception getInboundException() { return null; }
        @Override public void release() {}
        @Override public HttpResponse createResponse(RestStatus status, BytesReference content) { return null; }

        @Override
        public HttpResponse createResponse(RestStatus status, ChunkedRestResponseBodyPart content) {
            return null;
        }
    }

    private static final class Channel implements HttpChannel {
        @Override public void sendResponse(HttpResponse response, ActionListener<Void> listener) {}
        @Override public InetSocketAddress getLocalAddress() { return null; }
        @Override public InetSocketAddress getRemoteAddress() { return null; }
        @Override public void close() {}
        @Override public void addCloseListener(ActionListener<Void> listener) {}
        @Override public boolean isOpen() { return true; }
    }
}
