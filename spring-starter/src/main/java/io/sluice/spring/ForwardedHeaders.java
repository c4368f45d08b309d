package io.sluice.spring;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.cloud.CloudPlatform;
import org.springframework.core.env.Environment;
import org.springframework.util.ClassUtils;

/** Tells whether the server or Spring translates {@code X-Forwarded-For} before Sluice reads it. */
final class ForwardedHeaders {

    private static final String STRATEGY = "server.forward-headers-strategy";

    private static final String JETTY = "org.springframework.boot.jetty.servlet.JettyServletWebServerFactory";
    private static final String TOMCATS = "org.apache.catalina.valves.RemoteIpValve";

    private ForwardedHeaders() {}

    /**
     * Tells whether the servlet container takes the left-most address. Jetty does. Tomcat takes the right-most one that
     * is not private.
     */
    static boolean containerTakesLeftmost(@Nullable ClassLoader classes) {
        return ClassUtils.isPresent(JETTY, classes) || !ClassUtils.isPresent(TOMCATS, classes);
    }

    /** Returns the check, which these properties have passed. */
    static StartCheck checked(SluiceProperties properties, Environment environment, boolean nativeIsLeftmost) {
        return passed(properties, changed -> check(changed, environment, nativeIsLeftmost));
    }

    /** Returns the check that there are no trusted proxies beside a bean, which these properties have passed. */
    static StartCheck checkedBesideBean(SluiceProperties properties, String bean) {
        return passed(properties, changed -> checkBesideBean(changed, bean));
    }

    private static StartCheck passed(SluiceProperties properties, StartCheck check) {
        check.check(properties);
        return check;
    }

    /**
     * Refuses {@code sluice.trusted-proxies} where the left-most address of the header replaces the peer's. Clients
     * choose that address: the peer is then never one of the proxies, and clients count as whoever they say they are.
     *
     * @param nativeIsLeftmost whether the server itself takes the left-most address
     */
    private static void check(SluiceProperties properties, Environment environment, boolean nativeIsLeftmost) {
        if (properties.trustedProxies().isEmpty()) {
            return;
        }
        String strategy = environment.getProperty(STRATEGY, "").toLowerCase(Locale.ROOT);
        CloudPlatform platform = CloudPlatform.getActive(environment);
        boolean byPlatform = strategy.isEmpty() && platform != null && platform.isUsingForwardHeaders();
        if (strategy.equals("framework") || (nativeIsLeftmost && (strategy.equals("native") || byPlatform))) {
            throw refusal(why(strategy, platform), "Set " + STRATEGY + ": none");
        }
    }

    /** Refuses {@code sluice.trusted-proxies} beside a bean of the application that translates the header. */
    static void checkBesideBean(SluiceProperties properties, String bean) {
        if (!properties.trustedProxies().isEmpty()) {
            throw refusal("with " + bean, "Remove that bean");
        }
    }

    private static SluiceConfigurationException refusal(String why, String remedy) {
        return new SluiceConfigurationException(
                "sluice.trusted-proxies cannot be kept to: " + why
                        + ", the left-most address of X-Forwarded-For, which clients choose, takes the place of the"
                        + " proxy's before Sluice reads it",
                remedy
                        + ", or leave sluice.trusted-proxies empty if your proxy removes what clients"
                        + " send in that header.");
    }

    private static String why(String strategy, @Nullable CloudPlatform platform) {
        return strategy.isEmpty()
                ? STRATEGY + " is not set, and Spring Boot takes it for native on " + platform + ", where"
                : "with " + STRATEGY + ": " + strategy;
    }
}
