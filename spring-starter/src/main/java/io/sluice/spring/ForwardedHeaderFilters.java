package io.sluice.spring;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
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
        return FiltersBehind.inOrder(beans)
                .takeWhile(filter -> !FiltersBehind.isFrame(filter))
                .anyMatch(filter -> filter.getFilter() instanceof ForwardedHeaderFilter);
    }
}
