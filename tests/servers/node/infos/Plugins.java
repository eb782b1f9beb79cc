/* The plugins of a node, as OpenSearch 3 takes them: descriptions of their classes. */
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.opensearch.Version;
import org.opensearch.plugins.PluginInfo;

final class Plugins {
    private Plugins() {}

    static Collection<PluginInfo> of(String[] names) {
        List<PluginInfo> out = new ArrayList<>();
        for (String name : names) {
            out.add(new PluginInfo(name, "on the class path", "", Version.CURRENT, "21", name, null, List.of(), false));
        }
        return out;
    }
}
