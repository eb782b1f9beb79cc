/* Field types that Elasticsearch has from modules which are not among its public packages: each by the nearest type of its
 * server, so that a template that names them can be loaded. */
import java.util.HashMap;
import java.util.Map;
import org.elasticsearch.index.mapper.KeywordFieldMapper;
import org.elasticsearch.index.mapper.Mapper;
import org.elasticsearch.plugins.MapperPlugin;
import org.elasticsearch.plugins.Plugin;

public final class StandIns extends Plugin implements MapperPlugin {
    private static Mapper.TypeParser without(String option, Mapper.TypeParser as) {
        return (name, node, context) -> {
            node.remove(option);
            return as.parse(name, node, context);
        };
    }

    @Override
    public Map<String, Mapper.TypeParser> getMappers() {
        return new HashMap<>(Map.of(
            "constant_keyword", without("value", KeywordFieldMapper.PARSER),
            "version", KeywordFieldMapper.PARSER,
            "wildcard", KeywordFieldMapper.PARSER));
    }
}
