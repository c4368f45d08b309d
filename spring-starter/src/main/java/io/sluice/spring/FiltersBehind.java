package io.sluice.spring;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.web.servlet.AbstractFilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletContextInitializerBeans;

/**
 * The application's servlet filters behind {@link ServletFrame}. Of a filter that is no bean, such as one of {@code
 * web.xml}, neither the place nor the dispatcher types can be found out: it counts as one that is left out.
 */
final class FiltersBehind {

    private static final Logger log = LoggerFactory.getLogger(FiltersBehind.class);

    private final ListableBeanFactory beans;
    private final HttpGate gate;
    private volatile boolean needTheThread = true;

    FiltersBehind(ListableBeanFactory beans, HttpGate gate) {
        this.beans = beans;
        this.gate = gate;
    }

    /** Tells whether one of them is left out of the dispatch in which a held request comes back. */
    boolean needTheThread() {
        return needTheThread;
    }

    /** Looks for them in a container that has all its filters. */
    void find(ServletContext container) {
        List<String> names = leftOut(container);
        needTheThread = !names.isEmpty();
        if (needTheThread && gate.settings().now().filters() != Gate.OPEN) {
            log.info(
                    "A request that sluice.filters hold keeps its thread, because these servlet filters would be left out"
                            + " when it comes back: {}. Map them to the dispatcher type ASYNC too, or give them an order"
                            + " before sluice.filter-order, by a FilterRegistrationBean for each. Those of Spring Cloud"
                            + " Gateway are always there: on a gateway let routes name guards and rooms, where a request"
                            + " that is held keeps no thread",
                    names);
        }
    }

    private List<String> leftOut(ServletContext container) {
        List<AbstractFilterRegistrationBean<?>> ofBeans = inOrder(beans).toList();
        Set<String> namesOfBeans = ofBeans.stream()
                .map(AbstractFilterRegistrationBean::getFilterName)
                .collect(Collectors.toSet());
        Stream<String> behind = ofBeans.stream()
                .dropWhile(filter -> !isFrame(filter))
                .skip(1)
                .filter(filter -> isOfRequestsAlone(filter.determineDispatcherTypes()))
                .map(AbstractFilterRegistrationBean::getFilterName);
        Stream<String> others = container.getFilterRegistrations().values().stream()
                .filter(filter -> !namesOfBeans.contains(filter.getName()) && !isOfContainer(filter))
                .map(FilterRegistration::getName);
        return Stream.concat(behind, others).toList();
    }

    /** Tells whether Tomcat or Jetty has added a filter itself, which opens WebSockets and checks nothing. */
    private static boolean isOfContainer(FilterRegistration filter) {
        String type = filter.getClassName();
        return type.startsWith("org.apache.tomcat.websocket.")
                || (type.startsWith("org.eclipse.jetty.") && type.contains(".websocket."));
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
