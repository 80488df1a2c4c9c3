<?php

declare(strict_types=1);

namespace Drupal\background_agents\OAuth;

use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Extension\ModuleHandlerInterface;

/**
 * What a site with Simple OAuth lacks for programs to sign people in.
 *
 * @internal
 */
final class OAuthSetup {

  private const string GRANT = 'grant simple_oauth codes';

  public function __construct(
    private readonly ModuleHandlerInterface $modules,
    private readonly ConfigFactoryInterface $configFactory,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly Tokens $tokens,
  ) {}

  /**
   * Whether the site gives OAuth tokens that our scope can be given to.
   */
  public function isPossible(): bool {
    return $this->tokens->arePossible();
  }

  /**
   * Whether it has the two keys that sign tokens.
   */
  public function hasKeys(): bool {
    $settings = $this->configFactory->get('simple_oauth.settings');
    $paths = [(string) $settings->get('public_key'), (string) $settings->get('private_key')];
    return array_filter($paths, static fn (string $path): bool => $path !== '' && is_readable($path)) === $paths;
  }

  /**
   * Whether a scope is for dispatching agents.
   */
  public function hasScope(): bool {
    return $this->tokens->scopeExists();
  }

  /**
   * Whether anybody but administrators may sign programs in.
   */
  public function mayAnybodySignIn(): bool {
    foreach ($this->entityTypeManager->getStorage('user_role')->loadMultiple() as $role) {
      if ($role->id() !== 'anonymous' && !$role->isAdmin() && $role->hasPermission(self::GRANT)) {
        return TRUE;
      }
    }
    return FALSE;
  }

  /**
   * Whether programs find where people sign in.
   */
  public function isDescribed(): bool {
    return $this->modules->moduleExists('simple_oauth_server_metadata');
  }

  /**
   * Whether programs can register themselves.
   */
  public function takesRegistrations(): bool {
    return $this->modules->moduleExists('simple_oauth_client_registration');
  }

}
