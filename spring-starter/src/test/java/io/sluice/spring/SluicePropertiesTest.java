package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** What the properties say of themselves, as in a log. */
class SluicePropertiesTest {

    private static SluiceProperties properties(Map<String, String> properties) {
        return new Binder(new MapConfigurationPropertySource(properties))
                .bindOrCreate("sluice", SluiceProperties.class);
    }

    @Test
    void sayNoSecret() {
        SluiceProperties properties =
                properties(Map.of("sluice.secret", "0123456789abcdef", "sluice.backend", "redis"));
        assertThat(properties.toString())
                .contains("secret=***")
                .contains("backend=REDIS")
                .doesNotContain("0123");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "rediss://user:pass@word@host:6380/2",
                "redis-sentinel://:pass@host:26379,host:26380#mymaster",
            })
    void sayNoCredentialsOfRedis(String uri) {
        SluiceProperties alone = properties(Map.of("sluice.redis.uri", uri));
        assertThat(alone.toString())
                .contains("***@host:")
                .doesNotContain("user")
                .doesNotContain("pass");
        SluiceProperties cluster = properties(Map.of("sluice.redis.cluster[0]", uri));
        assertThat(cluster.toString())
                .contains("***@host:")
                .doesNotContain("user")
                .doesNotContain("pass");
    }

    @Test
    void sayWhereRedisIs() {
        assertThat(properties(Map.of("sluice.redis.uri", "redis://host:6379")).toString())
                .contains("uri=redis://host:6379");
    }
}
