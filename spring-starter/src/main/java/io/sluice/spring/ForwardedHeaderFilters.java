package io.sluice.spring;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.web.servlet.AbstractFilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletContextInitializer;
import org.springframework.boot.web.servlet.ServletContextInitializerBeans;
import org.springframework.web.filter.ForwardedHeaderFilter;

/** Checks {@code sluice.trusted-proxies} against the application's own {@link ForwardedHeaderFilter}. */
final class ForwardedHeaderFilters implements SmartInitializingSingleton, StartCheck {

    private final ListableBeanFactory beans;
    private final SluiceProperties properties;
    private volatile boolean isInFront;

    ForwardedHeaderFilters(ListableBeanFactory beans, SluiceProperties properties) {
        this.beans = beans;
        this.properties = properties;
    }

    @Override
    public void afterSingletonsInstantiated() {
        isInFront = findInFront();
        check(properties);
    }

    @Override
    public void check(SluiceProperties changed) {
        if (isInFront) {
            ForwardedHeaders.checkBesideBean(changed, "a ForwardedHeaderFilter in front of Sluice's filter");
        }
    }

    /** One behind {@link ServletFrame} does no harm: the call keeps to the request as it came. */
    private boolean findInFront() {
        for (ServletContextInitializer one : new ServletContextInitializerBeans(beans)) {
            if (one instanceof AbstractFilterRegistrationBean<?> filter && filter.isEnabled()) {
                if (filter.getFilter() instanceof ForwardedHeaderFilter) {
                    return true;
                }
                if (filter.getFilter() instanceof ServletFrame) {
                    return false;
                }
            }
        }
        return false;
    }
}
