package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** Which configurations are refused at start. */
abstract class ConfigurationContract extends WebContract {

    ConfigurationContract(WebStack stack) {
        super(stack);
    }

    @Test
    void whoseRoomHasNoCapacityIsRefusedAtStart() {
        properties.put("sluice.rooms.other.stay", "1m");
        assertThatThrownBy(() -> started())
                .hasStackTraceContaining("sluice.rooms.other: capacity is not set; for example: capacity: 500");
    }

    @Test
    void whoseLimitCannotBeReadIsRefusedAtStart() {
        properties.put("sluice.limits.other.rate", "ten a second");
        assertThatThrownBy(() -> started())
                .hasStackTraceContaining("sluice.limits.other: ")
                .hasStackTraceContaining("ten a second");
    }

    @Test
    void whoseKeyIsUnknownIsRefusedAtStart() {
        properties.put("sluice.guards.shop.key", "ip");
        assertThatThrownBy(() -> started())
                .hasStackTraceContaining("sluice.guards.shop.key is \"ip\", but expected principal, header:NAME");
    }

    @Test
    void whoseLimitOnRejoinsCountsOthersThanVisitorsIsRefusedAtStart() {
        properties.put("sluice.limits.waiting-room-rejoins.rate", "20/1m");
        properties.put("sluice.limits.waiting-room-rejoins.key", "address");
        assertThatThrownBy(() -> started())
                .hasStackTraceContaining("sluice.limits.waiting-room-rejoins: key is \"address\", but");
    }
}
