<?php

/**
 * @file
 * Sets up Simple OAuth where its code is, and makes tokens; prints JSON.
 *
 * Needs the people of core.php.
 *
 * "prepare": installs and sets up the modules; tells which are missing.
 * "tokens" JSON: a token for each {"user", "client", "scopes", "seconds"}; the
 * user may be null (of the client itself).
 */

declare(strict_types=1);

use Drupal\consumers\Entity\Consumer;
use Drupal\simple_oauth\Entities\ClientEntity;
use Drupal\simple_oauth\Entity\Oauth2Scope;
use Drupal\user\Entity\Role;
use League\OAuth2\Server\CryptKey;

$needed = ['simple_oauth', 'simple_oauth_server_metadata', 'simple_oauth_client_registration', 'simple_oauth_pkce'];

[$action, $given] = [$extra[0], json_decode($extra[1] ?? 'null', TRUE)];
$person = static function (?string $name): ?string {
  $found = $name === NULL ? [] : \Drupal::entityTypeManager()->getStorage('user')->loadByProperties(['name' => $name]);
  return $name === NULL ? NULL : (string) reset($found)->id();
};

if ($action === 'prepare') {
  $there = array_keys(\Drupal::service('extension.list.module')->reset()->getList());
  $missing = array_values(array_diff($needed, $there));
  if ($missing === []) {
    \Drupal::service('module_installer')->install($needed);
    $folder = dirname(DRUPAL_ROOT) . '/oauth-keys-of-tests';
    if (!is_dir($folder)) {
      mkdir($folder, 0700);
      \Drupal::service('simple_oauth.key.generator')->generateKeys($folder);
    }
    \Drupal::configFactory()->getEditable('simple_oauth.settings')->set('public_key', "$folder/public.key")->set('private_key', "$folder/private.key")->save();
    \Drupal::configFactory()->getEditable('simple_oauth_server_metadata.settings')->set('registration_endpoint', '')->save();
    Role::load('authenticated')->grantPermission('grant simple_oauth codes')->save();
    // Scopes as other modules make them: one permission, and a role.
    $kinds = ['test:create' => ['permission', ['permission' => 'create article content']], 'test:run' => ['permission', ['permission' => 'run core background agent']], 'test:runner' => ['role', ['role' => 'core_runner']]];
    foreach ($kinds as $name => [$kind, $settings]) {
      Oauth2Scope::load(Oauth2Scope::scopeToMachineName($name)) ?? Oauth2Scope::create([
        'name' => $name,
        'description' => $name,
        'grant_types' => ['authorization_code' => ['status' => TRUE], 'client_credentials' => ['status' => TRUE]],
        'umbrella' => FALSE,
        'granularity_id' => $kind,
        'granularity_configuration' => $settings,
      ])->save();
    }
  }
  print json_encode(['missing' => $missing]);
  return;
}

$clients = \Drupal::entityTypeManager()->getStorage('consumer');
$repository = \Drupal::service('simple_oauth.repositories.access_token');
$scopes = \Drupal::service('simple_oauth.repositories.scope');
$key = new CryptKey(\Drupal::config('simple_oauth.settings')->get('private_key'), NULL, FALSE);
$made = [];
foreach ($given as $one) {
  $found = $clients->loadByProperties(['client_id' => $one['client']]);
  $client = reset($found) ?: Consumer::create(['client_id' => $one['client'], 'label' => ucfirst($one['client']), 'grant_types' => ['authorization_code', 'client_credentials'], 'secret' => 'secret', 'confidential' => TRUE, 'user_id' => $person($one['acts_as'] ?? NULL)]);
  $client->isNew() && $client->save();
  $token = $repository->getNewToken(new ClientEntity($client), array_map($scopes->getScopeEntityByIdentifier(...), $one['scopes']), $person($one['user'] ?? NULL));
  $token->setIdentifier(bin2hex(random_bytes(20)));
  $token->setExpiryDateTime(new \DateTimeImmutable('@' . (time() + ($one['seconds'] ?? 600))));
  $token->setPrivateKey($key);
  $repository->persistNewAccessToken($token);
  $made[] = $token->toString();
}
print json_encode($made);
