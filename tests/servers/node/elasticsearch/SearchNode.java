/* One node of Elasticsearch 8 or 9 with HTTP on the loopback address, from its public JVM packages. Its modules are not among
 * them: Network, Processors and Types stand in, each found by a descriptor in the folder `modules`. Arguments: a folder, the
 * names of plugin classes with commas between, then settings as name=value. It prints "port N" once it answers, and ends when
 * its standard input does. */
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.Build;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.http.HttpServerTransport;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;

public final class SearchNode {
    private SearchNode() {}

    /* A plugin has to be of a class loader of its own, hence the file beside our classes. */
    private static void describe(Path modules, String name) throws Exception {
        Path folder = Files.createDirectories(modules.resolve(name.toLowerCase()));
        Path here = Path.of(SearchNode.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        Files.copy(here.resolveSibling("plugins.jar"), folder.resolve("plugins.jar"), StandardCopyOption.REPLACE_EXISTING);
        Files.writeString(folder.resolve("plugin-descriptor.properties"), String.join("\n",
            "name=" + name.toLowerCase(), "description=stands in for a module", "version=1", "classname=" + name,
            "java.version=17", "elasticsearch.version=" + Build.current().version(), ""));
    }

    public static void main(String[] arguments) throws Exception {
        Path home = Path.of(arguments[0]), modules = home.resolve("modules");
        LogConfigurator.configureESLogging();
        Files.createDirectories(home.resolve("config"));
        Settings.Builder settings = Settings.builder()
            .put("path.home", home.toString())
            .put("cluster.name", "logferry-test")
            .put("discovery.type", "single-node")
            .put("network.host", "127.0.0.1")
            .put("http.port", "0")
            .put("http.type", "plain")
            .put("transport.type", "none")
            .put("cluster.routing.allocation.disk.threshold_enabled", false);
        for (int i = 2; i < arguments.length; i++) {
            int equals = arguments[i].indexOf('=');
            settings.put(arguments[i].substring(0, equals), arguments[i].substring(equals + 1));
        }
        for (String name : arguments[1].split(",")) {
            describe(modules, name);
        }
        Environment environment = InternalSettingsPreparer.prepareEnvironment(settings.build(), Map.of(), null,
            () -> "logferry-test");
        PluginsLoader plugins = PluginsLoader.createPluginsLoader(PluginsLoader.loadModulesBundles(modules), Set.of(),
            Map.of(), false);
        try (Node node = new Node(environment, plugins)) {
            node.start();
            int port = node.injector().getInstance(HttpServerTransport.class).boundAddress().publishAddress().getPort();
            System.out.println("port " + port);
            System.out.flush();
            while (System.in.read() >= 0) {
                continue;
            }
        }
        System.exit(0);
    }
}
