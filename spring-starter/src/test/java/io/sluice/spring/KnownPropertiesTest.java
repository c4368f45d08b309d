package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/** What is not refused with the properties that there are not. */
class KnownPropertiesTest {

    private final StandardEnvironment environment = new StandardEnvironment();

    private void source(String name, Map<String, Object> properties) {
        environment.getPropertySources().addLast(new MapPropertySource(name, properties));
    }

    private SluiceProperties bound() {
        return Binder.get(environment)
                .bindOrCreate(
                        "sluice",
                        Bindable.of(SluiceProperties.class),
                        new KnownPropertiesBindHandler(BindHandler.DEFAULT));
    }

    @Test
    void aListThatAnotherSourceReplaces() {
        source("profile", Map.of("sluice.filters[0].path", "/a", "sluice.filters[0].limit", "per-user"));
        source(
                "application",
                Map.of(
                        "sluice.filters[0].path", "/b",
                        "sluice.filters[0].methods[0]", "GET",
                        "sluice.filters[1].methods[0]", "GET"));
        assertThat(bound().filters())
                .extracting(SluiceProperties.FilterProperties::path)
                .containsExactly("/a");
    }

    @Test
    void aListThatAnotherSourceEmpties() {
        source("profile", Map.of("sluice.filters", ""));
        source("application", Map.of("sluice.filters[0].path", "/b"));
        assertThat(bound().filters()).isEmpty();
    }

    @Test
    void aPropertyWithoutAValue() {
        source("application", Map.of("sluice.limits.search.rate", "10/1s", "sluice.limits.search.burst", ""));
        assertThat(bound().limits().get("search")).isNotNull();
    }

    @Test
    void namesOfAnotherForm() {
        source(
                "application",
                Map.of("sluice.trustedProxies", "10.0.0.1", "sluice.limits[search.all].on_outage", "OPEN"));
        assertThat(bound().trustedProxies()).containsExactly("10.0.0.1");
        assertThat(bound().limits()).containsKey("search.all");
    }

    @Test
    void placeholdersThatHaveAValueOrADefault() {
        source(
                "application",
                Map.of("sluice.limits.search.rate", "${RATE}", "RATE", "3/1s", "sluice.secret", "${NO_SECRET:}"));
        assertThat(bound().limits()).containsEntry("search", SluiceProperties.limit("3/1s", "principal"));
        assertThat(bound().secret()).isEmpty();
    }

    @Test
    void expressionsInKeys() {
        String key = "spel:#{header('A')}";
        source("application", Map.of("sluice.limits.search.rate", "3/1s", "sluice.limits.search.key", key));
        assertThat(bound().limits()).containsEntry("search", SluiceProperties.limit("3/1s", key));
    }

    @Test
    void variablesOfTheEnvironment() {
        environment
                .getPropertySources()
                .replace(
                        StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                        new SystemEnvironmentPropertySource(
                                StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                                Map.of(
                                        "SLUICE_SERVICE_HOST", "10.0.0.1",
                                        "SLUICE_PORT", "tcp://10.0.0.1:80",
                                        "SLUICE_SECRET", "a secret of the tests, long enough")));
        assertThat(bound().secret()).isEqualTo("a secret of the tests, long enough");
    }
}
