package io.sluice.spring;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurationSupport;

/** The annotated application, with a Spring MVC that it configures itself. */
@Configuration(proxyBeanMethods = false)
@Import(AnnotatedApplication.class)
class OwnMvc extends WebMvcConfigurationSupport {}
