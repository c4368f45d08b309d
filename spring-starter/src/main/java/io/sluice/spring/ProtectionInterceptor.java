package io.sluice.spring;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.core.ReactiveAdapter;
import org.springframework.util.ClassUtils;

/** Protects the calls of annotated bean methods, each kind of result in its own way. */
final class ProtectionInterceptor implements MethodInterceptor {

    private static final boolean REACTOR =
            ClassUtils.isPresent("reactor.core.publisher.Flux", ProtectionInterceptor.class.getClassLoader());

    private final Supplier<AnnotatedMethods> methods;

    /** @param methods looked up at the first call, because the interceptor exists before other beans */
    ProtectionInterceptor(Supplier<AnnotatedMethods> methods) {
        this.methods = methods;
    }

    @Override
    public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
        Method method = invocation.getMethod();
        Object target = invocation.getThis();
        MethodRules rules =
                methods.get().rules(method, target == null ? method.getDeclaringClass() : target.getClass());
        if (isStage(method.getReturnType()) || isStage(rules.result())) {
            return stage(begin(rules, invocation), invocation);
        }
        ReactiveAdapter adapter = REACTOR ? ReactiveCalls.adapter(rules.result()) : null;
        if (adapter != null) {
            return ReactiveCalls.protect(
                    adapter,
                    (principal, request) -> Entry.begin(call(rules, invocation, principal, request)),
                    (ProxyMethodInvocation) invocation);
        }
        return blocking(begin(rules, invocation), invocation);
    }

    /** Subclasses of these are no stages here: the caller would get a stage of another class than it expects. */
    private static boolean isStage(Class<?> result) {
        return result == CompletionStage.class || result == CompletableFuture.class;
    }

    private static Entry begin(MethodRules rules, MethodInvocation invocation) {
        return Entry.begin(call(rules, invocation, Principals.current(), Requests.current()));
    }

    private static BeanCall call(
            MethodRules rules, MethodInvocation invocation, @Nullable String principal, @Nullable Passage request) {
        return new BeanCall(rules, Arrays.asList(invocation.getArguments()), principal, request);
    }

    private static @Nullable Object blocking(Entry entry, MethodInvocation invocation) throws Throwable {
        try {
            entry.outcome().toCompletableFuture().get();
        } catch (InterruptedException e) {
            entry.cancel();
            entry.giveBack();
            Thread.currentThread().interrupt();
            throw new CancellationException("Interrupted while waiting to be let in");
        } catch (ExecutionException refused) {
            throw Failures.causeOf(refused);
        }
        boolean succeeded = false;
        try {
            Object result = invocation.proceed();
            succeeded = true;
            return result;
        } finally {
            entry.end(succeeded);
        }
    }

    /** Calls the method at once, or asynchronously after a wait: the thread that ends the wait is another caller's. */
    private static CompletableFuture<Object> stage(Entry entry, MethodInvocation invocation) {
        CompletableFuture<Object> result = new CompletableFuture<>();
        if (entry.isDone()) {
            proceed(entry, invocation, result);
        } else {
            Runnable onBehalfOfCaller =
                    Principals.onBehalf(inClassLoaderOfThisThread(() -> proceed(entry, invocation, result)));
            entry.outcome().whenCompleteAsync((entered, refused) -> onBehalfOfCaller.run());
            onEnd(result, (value, failure) -> entry.cancel());
        }
        return result;
    }

    /**
     * Returns a task that runs with this thread's class loader. That of the common pool's threads is the system's,
     * which finds none of the libraries in an executable jar.
     */
    static Runnable inClassLoaderOfThisThread(Runnable task) {
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        return () -> {
            Thread thread = Thread.currentThread();
            ClassLoader before = thread.getContextClassLoader();
            setClassLoader(thread, loader);
            try {
                task.run();
            } finally {
                setClassLoader(thread, before);
            }
        };
    }

    private static void setClassLoader(Thread thread, @Nullable ClassLoader loader) {
        try {
            thread.setContextClassLoader(loader);
        } catch (SecurityException e) {
            // Some threads keep their own. The call must go on all the same: its caller waits for the result.
        }
    }

    private static void proceed(Entry entry, MethodInvocation invocation, CompletableFuture<Object> result) {
        onEnd(entry.outcome(), (entered, refused) -> {
            if (refused != null) {
                result.completeExceptionally(refused);
            } else if (result.isDone()) {
                entry.giveBack();
            } else {
                call(entry, invocation, result);
            }
        });
    }

    private static void call(Entry entry, MethodInvocation invocation, CompletableFuture<Object> result) {
        CompletableFuture<?> called = called(invocation);
        onEnd(called, (value, failure) -> {
            entry.end(failure == null);
            if (failure == null) {
                result.complete(value);
            } else {
                result.completeExceptionally(failure);
            }
        });
        onEnd(result, (value, failure) -> called.cancel(false));
    }

    private static CompletableFuture<?> called(MethodInvocation invocation) {
        try {
            CompletionStage<?> called = (CompletionStage<?>) invocation.proceed();
            return called == null ? CompletableFuture.completedFuture(null) : called.toCompletableFuture();
        } catch (Throwable thrown) {
            return CompletableFuture.failedFuture(thrown);
        }
    }

    private static void onEnd(CompletionStage<?> stage, BiConsumer<@Nullable Object, @Nullable Throwable> action) {
        stage.whenComplete(action);
    }
}
