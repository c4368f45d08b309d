package io.sluice;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;

class SeedsTest {

    @Test
    void failureOfAnyKindNamesItsSeed() {
        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> Seeds.forAll(1, random -> {
                    throw new StackOverflowError();
                }))
                .withMessageMatching("Failed; repeat with -Dsluice.seed=-?\\d+: .*")
                .withCauseInstanceOf(StackOverflowError.class);
    }
}
