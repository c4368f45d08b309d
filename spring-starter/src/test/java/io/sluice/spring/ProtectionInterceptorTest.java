package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the interceptor does on threads that are not its callers'. */
class ProtectionInterceptorTest {

    /** As threads of the common pool do under a security manager. */
    private static final class KeepingItsClassLoader extends Thread {

        KeepingItsClassLoader(Runnable task) {
            super(task);
        }

        @Override
        public void setContextClassLoader(@Nullable ClassLoader loader) {
            throw new SecurityException("setContextClassLoader");
        }
    }

    @Test
    void callGoesOnAlsoOnAThreadThatKeepsItsClassLoader() throws InterruptedException {
        AtomicBoolean called = new AtomicBoolean();
        Thread thread =
                new KeepingItsClassLoader(ProtectionInterceptor.inClassLoaderOfThisThread(() -> called.set(true)));
        thread.start();
        thread.join();
        assertThat(called).isTrue();
    }
}
