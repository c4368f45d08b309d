package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.security.Provider;
import java.security.Security;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Arrays;
import javax.crypto.MacSpi;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A thread that ran out of memory or stack while it signed. */
class FailingMacTest {

    private static final byte[] TEXT = "text".getBytes(StandardCharsets.UTF_8);

    /** Keeps what it has been given when it fails, and on {@code reset} too, as the JDK's may. */
    public static final class FailingMac extends MacSpi {

        static boolean outOfMemory;

        private final ByteArrayOutputStream given = new ByteArrayOutputStream();

        @Override
        protected int engineGetMacLength() {
            return 32;
        }

        @Override
        protected void engineInit(Key key, @Nullable AlgorithmParameterSpec unused) {}

        @Override
        protected void engineUpdate(byte input) {
            given.write(input);
        }

        @Override
        protected void engineUpdate(byte[] input, int offset, int length) {
            given.write(input, offset, length);
        }

        @Override
        protected byte[] engineDoFinal() {
            if (outOfMemory) {
                throw new OutOfMemoryError("while signing");
            }
            byte[] all = given.toByteArray();
            given.reset();
            return Arrays.copyOf(all, engineGetMacLength());
        }

        @Override
        protected void engineReset() {}
    }

    private static final class FailingProvider extends Provider {

        private static final long serialVersionUID = 1L;

        FailingProvider() {
            super("failing", "1", "signs with FailingMac");
            put("Mac.HmacSHA256", FailingMac.class.getName());
        }
    }

    private final Provider provider = new FailingProvider();

    @BeforeEach
    void macsAreFailingOnes() {
        Security.insertProviderAt(provider, 1);
    }

    @AfterEach
    void macsAreTheUsualOnes() {
        FailingMac.outOfMemory = false;
        Security.removeProvider(provider.getName());
    }

    @Test
    void whatAThreadSignsNextIsSignedAsAlways() {
        Signer signer = Signer.random();
        byte[] usual = sign(signer);
        FailingMac.outOfMemory = true;
        assertThatThrownBy(() -> sign(signer)).isInstanceOf(OutOfMemoryError.class);
        FailingMac.outOfMemory = false;
        assertThat(sign(signer)).isEqualTo(usual).startsWith(TEXT);
    }

    private static byte @Nullable [] sign(Signer signer) {
        return signer.sign(signer.signingKeyId(), TEXT, TEXT.length, TEXT);
    }
}
