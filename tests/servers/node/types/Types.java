/* Field types that Elasticsearch has from modules which are not among its public packages: each by the nearest type of its
 * server, so that a template that names them can be loaded. */
import java.util.HashMap;
import java.util.Map;
import org.elasticsearch.index.mapper.KeywordFieldMapper;
import org.elasticsearch.index.mapper.Mapper;
import org.elasticsearch.index.mapper.NumberFieldMapper;
import org.elasticsearch.index.mapper.TextFieldMapper;
import org.elasticsearch.plugins.MapperPlugin;
import org.elasticsearch.plugins.Plugin;

public final class Types extends Plugin implements MapperPlugin {
    private static Mapper.TypeParser without(String option, Mapper.TypeParser as) {
        return (name, node, context) -> {
            node.remove(option);
            return as.parse(name, node, context);
        };
    }

    private static boolean hasExtras() {
        try {
            return Class.forName("org.elasticsearch.index.mapper.MapperExtrasPlugin") != null;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    @Override
    public Map<String, Mapper.TypeParser> getMappers() {
        Map<String, Mapper.TypeParser> out = new HashMap<>(Map.of(
            "constant_keyword", without("value", KeywordFieldMapper.PARSER),
            "histogram", KeywordFieldMapper.PARSER,
            "unsigned_long", NumberFieldMapper.NumberType.DOUBLE.parser(),
            "version", KeywordFieldMapper.PARSER,
            "wildcard", KeywordFieldMapper.PARSER));
        if (!hasExtras()) {
            out.put("match_only_text", TextFieldMapper.PARSER);
            out.put("scaled_float", without("scaling_factor", NumberFieldMapper.NumberType.DOUBLE.parser()));
        }
        return out;
    }
}
