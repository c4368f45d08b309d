package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.core.io.ClassPathResource;
import org.springframework.util.StringUtils;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What IDEs know of the configuration. */
class ConfigurationMetadataTest {

    private final JsonNode metadata = read();

    private static JsonNode read() {
        try (InputStream in = new ClassPathResource("META-INF/spring-configuration-metadata.json").getInputStream()) {
            return JsonMapper.shared().readTree(in);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns the names under which the components of a record are written. */
    private static List<String> names(String prefix, Class<?> type) {
        List<String> names = new ArrayList<>();
        for (RecordComponent component : type.getRecordComponents()) {
            String name = prefix + "." + dashed(component.getName());
            if (component.getType().isRecord()) {
                names.addAll(names(name, component.getType()));
            } else {
                names.add(name);
            }
        }
        return names;
    }

    private static String dashed(String camelCase) {
        return camelCase.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }

    private Set<String> described() {
        Set<String> described = new HashSet<>();
        for (JsonNode property : metadata.get("properties")) {
            JsonNode description = property.get("description");
            if (description != null && StringUtils.hasText(description.stringValue())) {
                described.add(property.get("name").stringValue());
            }
        }
        return described;
    }

    @Test
    void everyPropertyHasADescription() {
        List<String> names = names("sluice", SluiceProperties.class);
        assertThat(names).contains("sluice.backend", "sluice.redis.key-prefix", "sluice.rooms");
        assertThat(described()).containsAll(names);
    }

    @Test
    void everyPropertyCanBeWritten() {
        assertThat(metadata.get("properties")).isNotEmpty().allSatisfy(property -> {
            JsonNode byDefault = property.get("defaultValue");
            String value = byDefault == null || byDefault.isArray() ? "" : byDefault.asString();
            assertThat(Configured.with(Map.of(property.get("name").stringValue(), value)))
                    .isNotNull();
        });
    }

    @Test
    void everyLimitThatExistsWithoutBeingWrittenIsHinted() {
        List<String> hinted = new ArrayList<>();
        for (JsonNode hint : metadata.get("hints")) {
            if (hint.get("name").stringValue().equals("sluice.limits.keys")) {
                hint.get("values")
                        .forEach(value -> hinted.add(value.get("value").stringValue()));
            }
        }
        Set<String> byThemselves = Configured.with(Map.of("sluice.rooms.sale.capacity", "1"))
                .allLimits()
                .keySet();
        assertThat(hinted).containsExactlyInAnyOrderElementsOf(byThemselves);
    }

    @Test
    void everyHintBelongsToAProperty() {
        Set<String> described = described();
        List<String> hinted = new ArrayList<>();
        metadata.get("hints").forEach(hint -> hinted.add(hint.get("name").stringValue()));
        assertThat(hinted).isNotEmpty().allSatisfy(name -> {
            assertThat(ConfigurationPropertyName.isValid(name)).isTrue();
            assertThat(described).contains(name.replaceAll("\\.(keys|values)$", ""));
        });
    }
}
