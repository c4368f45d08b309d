package io.sluice.spring;

import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Protects calls whose result is a publisher. Each subscription is one call: it is checked and charged, then calls the
 * method, and holds its turns until it terminates or is cancelled.
 */
final class ReactiveCalls {

    private ReactiveCalls() {}

    /** Returns the adapter for results of this type; null if they are not publishers. */
    static @Nullable ReactiveAdapter adapter(Class<?> result) {
        ReactiveAdapter adapter = ReactiveAdapterRegistry.getSharedInstance().getAdapter(result);
        return adapter != null && adapter.getDescriptor().isDeferred() ? adapter : null;
    }

    /**
     * Returns the protected result.
     *
     * @param begin begins the call of the principal of that name, in that request
     */
    static Object protect(
            ReactiveAdapter adapter,
            BiFunction<@Nullable String, @Nullable Passage, Entry> begin,
            ProxyMethodInvocation invocation) {
        Mono<Entry> entered = Mono.deferContextual(context -> {
            Passage request = Requests.in(context);
            return Principals.reactive()
                    .flatMap(principal -> ReactiveStages.asked(
                            () -> begin.apply(principal.orElse(null), request).outcome(), Schedulers::parallel))
                    // The subscriber left at the moment its turn came.
                    .doOnDiscard(Entry.class, Entry::giveBack);
        });
        Publisher<?> result = adapter.isMultiValue()
                ? Flux.usingWhen(
                        entered,
                        entry -> call(adapter, invocation),
                        entry -> end(entry, true),
                        (entry, failure) -> end(entry, false),
                        entry -> end(entry, false))
                : Mono.usingWhen(
                        entered,
                        entry -> Mono.from(call(adapter, invocation)),
                        entry -> end(entry, true),
                        (entry, failure) -> end(entry, false),
                        entry -> end(entry, false));
        return adapter.fromPublisher(result);
    }

    /** Proceeds on a clone, because an earlier subscription may have proceeded already. */
    private static Publisher<?> call(ReactiveAdapter adapter, ProxyMethodInvocation invocation) {
        try {
            return adapter.toPublisher(invocation.invocableClone().proceed());
        } catch (Throwable thrown) {
            return Mono.error(thrown);
        }
    }

    private static Mono<Void> end(Entry entry, boolean succeeded) {
        return Mono.fromRunnable(() -> entry.end(succeeded));
    }
}
