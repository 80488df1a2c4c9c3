<?php

declare(strict_types=1);

namespace Drupal\background_agents\Agent;

use Drupal\Core\Entity\EntityStorageInterface;

/**
 * Configuration that names content types, languages and other configuration.
 *
 * Core would delete it with any of them, and also when one of them only
 * changes: a role depends on each content type that it has a permission for.
 * So it survives the question, and DeletedConfigHooks takes out what has really
 * been deleted. It never means more than before: where nothing would be left of
 * a list that means "all" when it is empty, it is disabled.
 *
 * @internal
 */
trait DependsOnContent {

  /**
   * Names that core asks about: no dependencies until the entity is saved.
   *
   * @var string[]
   */
  protected array $askedAbout = [];

  /**
   * What has to be there before this entity.
   *
   * @return array<int, array{0: string, 1: string}>
   *   Pairs of type (config, module) and name.
   */
  abstract protected function needs(AgentDependencies $dependencies): array;

  /**
   * Goes on without modules that are being uninstalled.
   *
   * @return bool
   *   FALSE when there is no use in it without them.
   */
  abstract protected function goOnWithout(array $modules, AgentDependencies $dependencies): bool;

  /**
   * Takes out configuration that has been deleted.
   */
  abstract public function forgetDeleted(string $name): void;

  /**
   * {@inheritdoc}
   */
  public function calculateDependencies(): static {
    parent::calculateDependencies();
    foreach ($this->needs(\Drupal::service(AgentDependencies::class)) as [$type, $name]) {
      if (!in_array($name, $this->askedAbout, TRUE)) {
        $this->addDependency($type, $name);
      }
    }
    return $this;
  }

  /**
   * {@inheritdoc}
   */
  public function onDependencyRemoval(array $dependencies): bool {
    parent::onDependencyRemoval($dependencies);
    if (!$this->goOnWithout($dependencies['module'], \Drupal::service(AgentDependencies::class))) {
      return FALSE;
    }
    $this->askedAbout = [...array_keys($dependencies['config']), ...$dependencies['module']];
    return TRUE;
  }

  /**
   * {@inheritdoc}
   */
  public function preSave(EntityStorageInterface $storage): void {
    $this->askedAbout = [];
    parent::preSave($storage);
  }

  /**
   * A list that means "all" when it is empty, without one of its members.
   *
   * @param string[] $list
   *   The list.
   * @param string|null $member
   *   The member; NULL: the list stays as it is.
   *
   * @return string[]
   *   What is left.
   */
  private function restrict(array $list, ?string $member): array {
    $left = array_values(array_diff($list, [$member]));
    if ($left === [] && $list !== []) {
      $this->disable();
    }
    return $left;
  }

  /**
   * The last part of a name, when it begins with a prefix.
   */
  private static function member(string $name, string $prefix): ?string {
    return str_starts_with($name, $prefix) ? substr($name, strlen($prefix)) : NULL;
  }

}
