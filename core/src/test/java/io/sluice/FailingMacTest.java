package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A thread that ran out of memory or stack while it signed. */
class FailingMacTest {

    private static final byte[] TEXT = "text".getBytes(StandardCharsets.UTF_8);

    @BeforeEach
    void macsAreFailingOnes() {
        FailingMac.install();
    }

    @AfterEach
    void macsAreTheUsualOnes() {
        FailingMac.uninstall();
    }

    @Test
    void whatAThreadSignsNextIsSignedAsAlways() {
        Signer signer = Signer.random();
        byte[] usual = sign(signer);
        FailingMac.runOutOfMemory(true);
        assertThatThrownBy(() -> sign(signer)).isInstanceOf(OutOfMemoryError.class);
        FailingMac.runOutOfMemory(false);
        assertThat(sign(signer)).isEqualTo(usual).startsWith(TEXT);
    }

    private static byte @Nullable [] sign(Signer signer) {
        return signer.sign(signer.signingKeyId(), TEXT, TEXT.length, TEXT);
    }
}
