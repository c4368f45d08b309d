package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/** Names of limits, rooms and guards, as files and variables of the environment spell them. */
class NamesTest {

    private final StandardEnvironment environment = new StandardEnvironment();

    private void file(Map<String, Object> properties) {
        environment.getPropertySources().addLast(new MapPropertySource("file", properties));
    }

    private void variables(Map<String, Object> variables) {
        String name = StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME;
        environment.getPropertySources().replace(name, new SystemEnvironmentPropertySource(name, variables));
    }

    private SluiceProperties bound() {
        return Binder.get(environment).bindOrCreate("sluice", Bindable.of(SluiceProperties.class));
    }

    @Test
    void ofLimitsThatExistByDefaultMayLackTheirDashes() {
        variables(Map.of(
                "SLUICE_LIMITS_PERUSER_RATE", "1/1h",
                "SLUICE_LIMITS_WAITINGROOMJOINS_RATE", "2/1h",
                "SLUICE_LIMITS_WAITINGROOMKEYEDJOINS_RATE", "3/1h",
                "SLUICE_LIMITS_WAITINGROOMREJOINS_RATE", "4/1h",
                "SLUICE_ROOMS_SALE_CAPACITY", "1"));
        Map<String, SluiceProperties.LimitProperties> limits = bound().allLimits();
        assertThat(limits)
                .containsOnlyKeys("per-user", "waiting-room-joins", "waiting-room-keyed-joins", "waiting-room-rejoins");
        assertThat(limits.values())
                .extracting(SluiceProperties.LimitProperties::rate)
                .containsExactlyInAnyOrder("1/1h", "2/1h", "3/1h", "4/1h");
    }

    @Test
    void ofFilesAreKeptWhereVariablesChangeTheirProperties() {
        file(Map.of(
                "sluice.limits.per-user.rate", "10/1s",
                "sluice.limits.per-user.key", "address",
                "sluice.rooms.event-1.capacity", "1",
                "sluice.guards.shopFloor.limit", "1"));
        variables(Map.of(
                "SLUICE_LIMITS_PERUSER_RATE", "1/1h",
                "SLUICE_ROOMS_EVENT1_CAPACITY", "2",
                "SLUICE_GUARDS_SHOPFLOOR_LIMIT", "3"));
        SluiceProperties properties = bound();
        assertThat(properties.limits())
                .containsExactly(Map.entry("per-user", SluiceProperties.limit("1/1h", "address")));
        assertThat(properties.rooms()).containsOnlyKeys("event-1");
        assertThat(properties.rooms().values())
                .extracting(SluiceProperties.RoomProperties::capacity)
                .containsExactly(2);
        assertThat(properties.guards()).containsOnlyKeys("shopFloor");
        assertThat(properties.guards().values())
                .extracting(SluiceProperties.GuardProperties::limit)
                .containsExactly(3);
    }

    @Test
    void thatFilesDoNotHaveAreThoseOfTheVariables() {
        variables(Map.of("SLUICE_ROOMS_EVENT1_CAPACITY", "2"));
        assertThat(bound().rooms()).containsOnlyKeys("event1");
    }

    @Test
    void inBracketsMayDifferByDashesAlone() {
        file(Map.of("sluice.limits[a-b].rate", "1/1h", "sluice.limits[ab].rate", "2/1h"));
        assertThat(bound().limits()).containsOnlyKeys("a-b", "ab");
    }
}
