/* The plugins of a node, as OpenSearch 1 and 2 and Elasticsearch 7 take them: their classes. */
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.opensearch.plugins.Plugin;

final class Plugins {
    private Plugins() {}

    static Collection<Class<? extends Plugin>> of(String[] names) throws ClassNotFoundException {
        List<Class<? extends Plugin>> out = new ArrayList<>();
        for (String name : names) {
            out.add(Class.forName(name).asSubclass(Plugin.class));
        }
        return out;
    }
}
