package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KeyHashTest {

    private final KeyHash hash = KeyHash.random();

    @Test
    void everyCharacterAndTheLengthCount() {
        Set<Long> hashes = new HashSet<>();
        int keys = 0;
        for (int length = 1; length <= 40; length++) {
            String zeros = "\0".repeat(length);
            assertThat(hashes.add(hash.hash(zeros))).isTrue();
            for (int at = 0; at < length; at++) {
                for (int bit = 1; bit <= 0x8000; bit <<= 1) {
                    hashes.add(hash.hash(zeros.substring(0, at) + (char) bit + zeros.substring(at + 1)));
                    keys++;
                }
            }
        }
        assertThat(hashes).hasSize(keys + 40);
    }

    @Test
    void hashesSpreadEvenlyOverTheirUpperAndLowerBits() {
        int[] upper = new int[64];
        int[] lower = new int[64];
        for (int i = 0; i < 64_000; i++) {
            long value = hash.hash("user-" + i);
            upper[(int) (value >>> 58)]++;
            lower[(int) (value & 63)]++;
        }
        // A bin of 1,000 on average has a standard deviation of 31.
        for (int i = 0; i < 64; i++) {
            assertThat(upper[i]).isBetween(750, 1_250);
            assertThat(lower[i]).isBetween(750, 1_250);
        }
    }

    @Test
    void seedsHashDifferently() {
        assertThat(KeyHash.random().hash("a")).isNotEqualTo(KeyHash.random().hash("a"));
    }
}
