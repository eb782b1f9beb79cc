/* The processor `set` with a value that is no template, for servers whose ingest-common is not among the public packages:
 * pipelines that have no other can be loaded and run there. */
import java.lang.reflect.Proxy;
import java.util.Map;
import org.opensearch.ingest.AbstractProcessor;
import org.opensearch.ingest.ConfigurationUtils;
import org.opensearch.ingest.IngestDocument;
import org.opensearch.ingest.Processor;
import org.opensearch.plugins.IngestPlugin;
import org.opensearch.plugins.Plugin;

public final class Processors extends Plugin implements IngestPlugin {
    private static final class Set extends AbstractProcessor {
        private final String field;
        private final Object value;

        Set(String tag, String description, Map<String, Object> options) {
            super(tag, description);
            field = ConfigurationUtils.readStringProperty("set", tag, options, "field");
            value = ConfigurationUtils.readObject("set", tag, options, "value");
        }

        @Override
        public IngestDocument execute(IngestDocument document) {
            document.setFieldValue(field, value);
            return document;
        }

        @Override
        public String getType() {
            return "set";
        }
    }

    /* A proxy, since Elasticsearch 9 gives create() one argument more. */
    @Override
    @SuppressWarnings("unchecked")
    public Map<String, Processor.Factory> getProcessors(Processor.Parameters parameters) {
        return Map.of("set", (Processor.Factory) Proxy.newProxyInstance(Processors.class.getClassLoader(),
            new Class<?>[] {Processor.Factory.class}, (proxy, method, arguments) ->
                new Set((String) arguments[1], (String) arguments[2], (Map<String, Object>) arguments[3])));
    }
}
