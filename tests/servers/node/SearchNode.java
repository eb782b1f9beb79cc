/* One node with HTTP on the loopback address, from the public JVM packages: what the distribution's launcher does, without
 * its scripts. It is compiled for OpenSearch as it stands, and for Elasticsearch 7 with the names of its packages.
 * Arguments: a folder, the names of plugin classes with commas between, then settings as name=value. It prints "port N"
 * once it answers, and ends when its standard input does. */
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.opensearch.common.settings.Settings;
import org.opensearch.http.HttpServerTransport;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;

public final class SearchNode extends Node {
    private SearchNode(Settings settings, String[] plugins) throws ClassNotFoundException {
        super(InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), null, () -> "logferry-test"),
            Plugins.of(plugins), false);
    }

    public static void main(String[] arguments) throws Exception {
        Path home = Path.of(arguments[0]);
        Files.createDirectories(home.resolve("config"));
        Settings.Builder settings = Settings.builder()
            .put("path.home", home.toString())
            .put("cluster.name", "logferry-test")
            .put("discovery.type", "single-node")
            .put("network.host", "127.0.0.1")
            .put("http.port", "0")
            .put("transport.port", "0")
            .put("http.type", "netty4")
            .put("transport.type", "netty4")
            .put("cluster.routing.allocation.disk.threshold_enabled", false);
        for (int i = 2; i < arguments.length; i++) {
            int equals = arguments[i].indexOf('=');
            settings.put(arguments[i].substring(0, equals), arguments[i].substring(equals + 1));
        }
        try (SearchNode node = new SearchNode(settings.build(), arguments[1].split(","))) {
            node.start();
            int port = node.injector().getInstance(HttpServerTransport.class).boundAddress().publishAddress().getPort();
            System.out.println("port " + port);
            System.out.flush();
            while (System.in.read() >= 0) {
                continue;
            }
        }
    }
}
