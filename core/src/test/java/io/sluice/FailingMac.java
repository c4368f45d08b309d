package io.sluice;

import java.io.ByteArrayOutputStream;
import java.security.Key;
import java.security.Provider;
import java.security.Security;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Arrays;
import javax.crypto.MacSpi;
import org.jspecify.annotations.Nullable;

/**
 * A Mac that runs out of memory on demand. It keeps what it has been given when it fails, and on {@code reset} too, as
 * the JDK's may.
 */
public final class FailingMac extends MacSpi {

    private static final Provider PROVIDER = new FailingProvider();
    private static boolean outOfMemory;

    private final ByteArrayOutputStream given = new ByteArrayOutputStream();

    private static final class FailingProvider extends Provider {

        private static final long serialVersionUID = 1L;

        FailingProvider() {
            super("failing", "1", "signs with FailingMac");
            put("Mac.HmacSHA256", FailingMac.class.getName());
        }
    }

    /** Makes it the Mac of everybody who asks for HmacSHA256. */
    public static void install() {
        Security.insertProviderAt(PROVIDER, 1);
    }

    public static void uninstall() {
        outOfMemory = false;
        Security.removeProvider(PROVIDER.getName());
    }

    public static void runOutOfMemory(boolean now) {
        outOfMemory = now;
    }

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
