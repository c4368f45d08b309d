package io.sluice.spring;

import java.security.Principal;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authentication.AnonymousAuthenticationToken;
import org.springframework.security.concurrent.DelegatingSecurityContextRunnable;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.ReactiveSecurityContextHolder;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.util.ClassUtils;
import reactor.core.publisher.Mono;

/** Finds the principal who calls, which is Spring Security's where available. */
final class Principals {

    /** Whether Spring Security is available. */
    static final boolean AVAILABLE = ClassUtils.isPresent(
            "org.springframework.security.core.context.SecurityContextHolder", Principals.class.getClassLoader());

    private Principals() {}

    /** Returns the name of a request's principal; null if there is none, or if it stands for nobody. */
    static @Nullable String nameOf(@Nullable Principal principal) {
        return principal == null || (AVAILABLE && Security.isNobody(principal)) ? null : principal.getName();
    }

    /** Returns the name of the principal on whose behalf this thread works; null if there is none. */
    static @Nullable String current() {
        return AVAILABLE ? Security.current() : null;
    }

    /** Returns the principal of a reactive call: that of its context, or else of the subscribing thread. */
    static Mono<Optional<String>> reactive() {
        return AVAILABLE ? Security.reactive() : Mono.just(Optional.empty());
    }

    /** Returns a task that runs on behalf of this thread's principal, on whichever thread. */
    static Runnable onBehalf(Runnable task) {
        return AVAILABLE ? new DelegatingSecurityContextRunnable(task) : task;
    }

    /** Returns Spring Security's context of this thread; null if it has no principal. */
    static @Nullable Object context() {
        return current() == null ? null : Security.context();
    }

    /** The code that needs Spring Security's classes. */
    private static final class Security {

        static @Nullable String current() {
            return name(SecurityContextHolder.getContext());
        }

        static Mono<Optional<String>> reactive() {
            return ReactiveSecurityContextHolder.getContext()
                    .map(context -> Optional.ofNullable(name(context)))
                    .switchIfEmpty(Mono.fromSupplier(() -> Optional.ofNullable(current())));
        }

        static Object context() {
            return SecurityContextHolder.getContext();
        }

        private static @Nullable String name(SecurityContext context) {
            return nameOf(context.getAuthentication());
        }

        static boolean isNobody(Principal principal) {
            return principal instanceof Authentication authentication
                    && (!authentication.isAuthenticated() || authentication instanceof AnonymousAuthenticationToken);
        }
    }
}
