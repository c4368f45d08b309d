package io.sluice.benchmarks.replay;

import java.util.HashMap;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads and writes flat JSON objects, the only ones in the journey. */
final class Json {

    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private Json() {}

    /** Returns the values of an object as text; none if the text is no JSON object. */
    static Map<String, String> fields(String text) {
        Map<String, String> fields = new HashMap<>();
        if (!text.isBlank()) {
            try {
                for (Map.Entry<String, JsonNode> property :
                        MAPPER.readTree(text).properties()) {
                    if (property.getValue().isValueNode()) {
                        fields.put(property.getKey(), property.getValue().asString());
                    }
                }
            } catch (JacksonException notJson) {
                // A page or a plain message: there is no field to find in it.
            }
        }
        return fields;
    }

    static String object(Map<String, ?> fields) {
        return MAPPER.writeValueAsString(fields);
    }
}
