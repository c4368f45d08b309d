package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.lettuce.core.cluster.SlotHash;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LimitKeysTest {

    private static final String SECRET = "0123456789abcdef";

    private static LimitKeys keys(String limit, String secret) {
        return new LimitKeys("sluice", "l", limit, new CallerKeys(secret));
    }

    @Test
    void tagsLieInEqualPartsOfTheSlots() {
        for (int tag = 0; tag < LimitKeys.TAGS; tag++) {
            int slot = SlotHash.getSlot(LimitKeys.tagged("sluice", tag) + "anything");
            assertThat(slot * LimitKeys.TAGS / SlotHash.SLOT_COUNT).isEqualTo(tag);
        }
    }

    @Test
    void callersUseAllTagsAboutEqually() {
        int[] callers = new int[LimitKeys.TAGS];
        for (int i = 0; i < 16_000; i++) {
            callers[LimitKeys.tag(keys("limit", SECRET).of("caller-" + i))]++;
        }
        for (int count : callers) {
            assertThat(count).isBetween(850, 1_150);
        }
    }

    @Test
    void allLimitsOfACallerLieInOneSlot() {
        Set<Integer> slots = new HashSet<>();
        for (String limit : new String[] {"per-user", "per-minute", "logins"}) {
            slots.add(SlotHash.getSlot(keys(limit, SECRET).of("caller")));
        }
        assertThat(slots).hasSize(1);
    }

    @Test
    void secretChangesTheHashAndNeitherShowsTheCaller() {
        LimitKeys secret = keys("limit", SECRET);
        LimitKeys other = keys("limit", SECRET + "!");
        LimitKeys open = new LimitKeys("sluice", "l", "limit", new CallerKeys(null));
        assertThat(Set.of(secret.of("caller"), other.of("caller"), open.of("caller")))
                .hasSize(3)
                .noneMatch(key -> key.contains("caller"));
        assertThat(keys("limit", SECRET).of("caller")).isEqualTo(secret.of("caller"));
    }

    @Test
    void secretThatIsTooShortIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new CallerKeys("short"))
                .withMessageContaining("openssl rand");
    }
}
