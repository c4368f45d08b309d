package io.sluice.spring;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.springframework.beans.factory.config.YamlPropertiesFactoryBean;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.core.io.Resource;

/** The configurations that the project's documents print. */
final class PrintedYaml {

    private static final Pattern BLOCK = Pattern.compile("^```yaml\\n(.*?)^```", Pattern.MULTILINE | Pattern.DOTALL);

    private PrintedYaml() {}

    /** Returns the text of a document, whose path begins at the project's root. */
    static String page(String path) {
        try {
            return Files.readString(Path.of("..", path));
        } catch (IOException e) {
            throw new IllegalStateException("Documents are read from the folder of the module", e);
        }
    }

    /** Returns what a document prints as YAML, in its order. */
    static List<String> blocks(String page) {
        return BLOCK.matcher(page(page)).results().map(block -> block.group(1)).toList();
    }

    /** Returns what blocks configure that stand in one application, and the secret that they name. */
    static Map<String, String> properties(String... blocks) {
        YamlPropertiesFactoryBean reader = new YamlPropertiesFactoryBean();
        reader.setResources(Stream.of(blocks)
                .map(block -> new ByteArrayResource(block.getBytes(StandardCharsets.UTF_8)))
                .toArray(Resource[]::new));
        Properties read = Objects.requireNonNull(reader.getObject());
        Map<String, String> properties = new HashMap<>();
        read.forEach((name, value) -> properties.put(name.toString(), value.toString()));
        properties.put("SLUICE_SECRET", "a secret of the tests, long enough");
        properties.put("logging.level.root", "warn");
        return properties;
    }
}
