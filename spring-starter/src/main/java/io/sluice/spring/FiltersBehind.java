package io.sluice.spring;

import jakarta.servlet.DispatcherType;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.web.servlet.AbstractFilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletContextInitializerBeans;

/** The application's servlet filters behind {@link ServletFrame}. */
final class FiltersBehind implements SmartInitializingSingleton {

    private static final Logger log = LoggerFactory.getLogger(FiltersBehind.class);

    private final ListableBeanFactory beans;
    private final HttpGate gate;
    private volatile boolean needTheThread;

    FiltersBehind(ListableBeanFactory beans, HttpGate gate) {
        this.beans = beans;
        this.gate = gate;
    }

    /** Tells whether one of them is left out of the dispatch in which a held request comes back. */
    boolean needTheThread() {
        return needTheThread;
    }

    @Override
    public void afterSingletonsInstantiated() {
        List<String> names = leftOut();
        needTheThread = !names.isEmpty();
        if (needTheThread && gate.settings().now().filters() != Gate.OPEN) {
            log.info(
                    "A request that sluice.filters hold keeps its thread, because these servlet filters would be left out"
                            + " when it comes back: {}. Map them to the dispatcher type ASYNC too, or give them an order"
                            + " before sluice.filter-order. Those of Spring Cloud Gateway are always there: on a gateway let"
                            + " routes name guards and rooms, where a request that is held keeps no thread",
                    names);
        }
    }

    private List<String> leftOut() {
        return inOrder(beans)
                .dropWhile(filter -> !isFrame(filter))
                .skip(1)
                .filter(filter -> isOfRequestsAlone(filter.determineDispatcherTypes()))
                .map(AbstractFilterRegistrationBean::getFilterName)
                .toList();
    }

    /** Returns the application's enabled servlet filters, in the order in which a request meets them. */
    static Stream<AbstractFilterRegistrationBean<?>> inOrder(ListableBeanFactory beans) {
        return new ServletContextInitializerBeans(beans)
                .stream()
                        .filter(AbstractFilterRegistrationBean.class::isInstance)
                        .<AbstractFilterRegistrationBean<?>>map(AbstractFilterRegistrationBean.class::cast)
                        .filter(AbstractFilterRegistrationBean::isEnabled);
    }

    static boolean isFrame(AbstractFilterRegistrationBean<?> filter) {
        return filter.getFilter() instanceof ServletFrame;
    }

    private static boolean isOfRequestsAlone(EnumSet<DispatcherType> types) {
        return types.contains(DispatcherType.REQUEST) && !types.contains(DispatcherType.ASYNC);
    }
}
