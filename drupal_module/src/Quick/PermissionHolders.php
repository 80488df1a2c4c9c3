<?php

declare(strict_types=1);

namespace Drupal\background_agents\Quick;

use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\Component\Render\PlainTextOutput;
use Drupal\Core\Database\Connection;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\user\PermissionHandlerInterface;
use Drupal\user\RoleInterface;
use Symfony\Component\DependencyInjection\Attribute\Autowire;

/**
 * Which roles of people have which permissions.
 *
 * @internal
 */
final class PermissionHolders {

  use StringTranslationTrait;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly Connection $database,
    #[Autowire(service: 'user.permissions')]
    private readonly PermissionHandlerInterface $permissions,
  ) {}

  /**
   * Roles of people: no agents, and none that everybody has.
   *
   * @return array<string, \Drupal\user\RoleInterface>
   *   Keyed by id.
   */
  public function people(): array {
    return array_filter(
      $this->entityTypeManager->getStorage('user_role')->loadMultiple(),
      static fn (RoleInterface $role): bool => !AgentAccounts::isAgentRole($role) && !in_array($role->id(), [
        RoleInterface::ANONYMOUS_ID,
        RoleInterface::AUTHENTICATED_ID,
      ], TRUE),
    );
  }

  /**
   * What a role lacks of some permissions, with what everybody has.
   *
   * @param \Drupal\user\RoleInterface $role
   *   The role.
   * @param list<list<string>> $needs
   *   Of each list one permission is enough.
   *
   * @return list<string>
   *   The first permission of each list of which it has none.
   */
  public function missing(RoleInterface $role, array $needs): array {
    if ($role->isAdmin()) {
      return [];
    }
    $everybody = $this->entityTypeManager->getStorage('user_role')->load(RoleInterface::AUTHENTICATED_ID);
    $has = [...$role->getPermissions(), ...($everybody?->getPermissions() ?? [])];
    $missing = array_filter($needs, static fn (array $names): bool => array_intersect($names, $has) === []);
    return array_values(array_unique(array_map(static fn (array $names): string => reset($names), $missing)));
  }

  /**
   * The roles that have all of some permissions, with how many people.
   *
   * @param list<list<string>> $needs
   *   Of each list one permission is enough.
   *
   * @return string
   *   Plain text for people; '' when no role has them.
   */
  public function told(array $needs): string {
    $roles = array_filter($this->people(), fn (RoleInterface $role): bool => $this->missing($role, $needs) === []);
    $counts = $this->counts();
    return implode(', ', array_map(fn (RoleInterface $role): string => PlainTextOutput::renderFromHtml($this->formatPlural($counts[$role->id()] ?? 0, '@role (1 person)', '@role (@count people)', ['@role' => $role->label()])), $roles));
  }

  /**
   * Titles of permissions, as the page of permissions has them.
   *
   * @param string[] $names
   *   Names of permissions.
   */
  public function titles(array $names): string {
    $known = $this->permissions->getPermissions();
    return implode(', ', array_map(static fn (string $name): string => isset($known[$name]) ? rtrim(PlainTextOutput::renderFromHtml((string) $known[$name]['title']), '.') : $name, $names));
  }

  /**
   * How many active people have each role.
   *
   * @return array<string, int>
   *   Keyed by role.
   */
  private function counts(): array {
    $query = $this->database->select('user__roles', 'r');
    $query->join('users_field_data', 'u', '[u].[uid] = [r].[entity_id] AND [u].[status] = 1 AND [u].[default_langcode] = 1');
    $query->addField('r', 'roles_target_id', 'role');
    $query->addExpression('COUNT(*)', 'people');
    return array_map(intval(...), $query->groupBy('r.roles_target_id')->execute()->fetchAllKeyed());
  }

}
