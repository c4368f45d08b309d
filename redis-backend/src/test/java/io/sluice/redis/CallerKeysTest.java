package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.FailingMac;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The names under which callers are kept. */
class CallerKeysTest {

    @AfterEach
    void macsAreTheUsualOnes() {
        FailingMac.uninstall();
    }

    @Test
    void callerAfterOneForWhomThereWasNoMemoryHasTheUsualName() {
        FailingMac.install();
        CallerKeys keys = new CallerKeys("a secret of the tests, long enough");
        String usual = keys.hash("ann");
        FailingMac.runOutOfMemory(true);
        assertThatThrownBy(() -> keys.hash("ben")).isInstanceOf(OutOfMemoryError.class);
        FailingMac.runOutOfMemory(false);
        assertThat(keys.hash("ann")).isEqualTo(usual);
    }
}
