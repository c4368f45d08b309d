package io.sluice.spring;

import org.springframework.core.env.Environment;

/** The order of Spring Security's filters among others. */
record SecurityOrder(int order) {

    /** The order on WebFlux, and on servlets unless the application sets another. */
    static final SecurityOrder DEFAULT = new SecurityOrder(-100);

    static SecurityOrder onServlets(Environment environment) {
        return new SecurityOrder(environment.getProperty("spring.security.filter.order", Integer.class, DEFAULT.order));
    }

    /** Tells whether filters of this order act before a password is checked. */
    boolean isBehind(int filterOrder) {
        return filterOrder < order;
    }
}
