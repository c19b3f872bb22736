// az deployment group create --resource-group your-group --template-file deploy/app-service/main.bicep
@description('Part of the address: https://NAME.azurewebsites.net')
param name string

@description('The image, in a registry that App Service may read')
param image string

@secure()
@minLength(8)
@description('Who may use the server; the page asks for it')
param token string

@secure()
@minLength(16)
param resumeSecret string = newGuid()

param location string = resourceGroup().location
param sku string = 'P0v3'

resource plan 'Microsoft.Web/serverfarms@2023-12-01' = {
  name: '${name}-plan'
  location: location
  kind: 'linux'
  sku: {
    name: sku
  }
  properties: {
    reserved: true
  }
}

resource site 'Microsoft.Web/sites@2023-12-01' = {
  name: name
  location: location
  kind: 'app,linux,container'
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    clientAffinityEnabled: false
    siteConfig: {
      linuxFxVersion: 'DOCKER|${image}'
      webSocketsEnabled: true
      alwaysOn: true
      http20Enabled: true
      minTlsVersion: '1.2'
      ftpsState: 'Disabled'
      healthCheckPath: '/readyz'
      appSettings: [
        { name: 'PORT', value: '8080' }
        { name: 'WEBSITES_PORT', value: '8080' }
        // 5 s by default, 120 at most; longer than DRAIN_MS.
        { name: 'WEBSITES_CONTAINER_STOP_TIME_LIMIT', value: '30' }
        { name: 'DRAIN_MS', value: '25000' }
        { name: 'WEBSITES_ENABLE_APP_SERVICE_STORAGE', value: 'false' }
        // One entry is added, with a port: see docs/proxies.md.
        { name: 'TRUST_PROXY', value: '1' }
        { name: 'TOKEN', value: token }
        { name: 'RESUME_SECRET', value: resumeSecret }
      ]
    }
  }
}

output url string = 'https://${site.properties.defaultHostName}'
