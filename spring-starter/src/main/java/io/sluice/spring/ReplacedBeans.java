package io.sluice.spring;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

/**
 * The beans that an object given from outside stands for, as in tests with {@code @MockitoBean} or {@code @TestBean}.
 * No post-processor sees such an object, and whoever replaces a bean does not expect its annotations to hold.
 */
final class ReplacedBeans implements BeanFactoryPostProcessor {

    private Set<String> names = Set.of();

    /**
     * Looks before beans are made: what is there has been given. Has no order, and so comes after Spring's tests, which
     * replace beans in the same phase. A singleton without a definition replaces nothing, nor does one that was made
     * for another bean of this phase, and so unprotected: the other depends on it.
     */
    @Override
    public void postProcessBeanFactory(ConfigurableListableBeanFactory beans) {
        names = Arrays.stream(beans.getSingletonNames())
                .filter(beans::containsBeanDefinition)
                .filter(name -> beans.getDependentBeans(name).length == 0)
                .collect(Collectors.toUnmodifiableSet());
    }

    boolean contain(String name) {
        return names.contains(name);
    }
}
