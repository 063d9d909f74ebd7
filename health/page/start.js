// Shows our own document, and asks no validator of somebody else's about it.
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  validatorUrl: null,
  deepLinking: true,
  displayRequestDuration: true,
  defaultModelExpandDepth: 3,
});
