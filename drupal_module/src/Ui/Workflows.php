<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\content_moderation\ModerationInformationInterface;
use Drupal\content_moderation\Plugin\WorkflowType\ContentModerationInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\Url;
use Drupal\workflows\WorkflowInterface;

/**
 * The workflows that content can be brought under, so that there are drafts.
 *
 * @internal
 */
final class Workflows {

  use StringTranslationTrait;

  /**
   * Stands for a workflow that is made when it is needed.
   */
  public const string NEW = '+';

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly ModerationInformationInterface $moderation,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * Labels of the workflows that the acting person may add a type to.
   *
   * @return array<string, string>
   *   Keyed by id; empty when the type cannot be moderated, or by this person.
   */
  public function offered(string $entity_type): array {
    $type = $this->entityTypeManager->getDefinition($entity_type);
    if (!$this->currentUser->hasPermission('administer workflows') || !$this->moderation->canModerateEntitiesOfEntityType($type)) {
      return [];
    }
    return array_map(static fn (WorkflowInterface $workflow): string => (string) $workflow->label(), $this->all());
  }

  /**
   * Brings a bundle under a workflow.
   */
  public function add(string $workflow, string $entity_type, string $bundle): WorkflowInterface {
    $entity = $this->find($workflow);
    $plugin = $entity->getTypePlugin();
    assert($plugin instanceof ContentModerationInterface);
    $plugin->addEntityTypeAndBundle($entity_type, $bundle);
    $entity->save();
    return $entity;
  }

  /**
   * A workflow of the site, or the one that NEW stands for, not saved yet.
   *
   * @throws \InvalidArgumentException
   *   When there is none of this id.
   */
  public function find(string $workflow): WorkflowInterface {
    return $workflow === self::NEW ? $this->make() : $this->all()[$workflow] ?? throw new \InvalidArgumentException("There is no workflow $workflow for content.");
  }

  /**
   * The workflow that moderates a bundle; NULL when none does.
   */
  public function of(string $entity_type, string $bundle): ?WorkflowInterface {
    return $this->moderation->getWorkflowForEntityTypeAndBundle($entity_type, $bundle);
  }

  /**
   * A workflow like core's Editorial: drafts, published, archived.
   */
  private function make(): WorkflowInterface {
    $storage = $this->entityTypeManager->getStorage('workflow');
    for ($id = 'editorial', $i = 2; $storage->load($id) !== NULL; $i++) {
      $id = "editorial_$i";
    }
    $workflow = $storage->create([
      'id' => $id,
      'label' => (string) ($i === 2 ? $this->t('Editorial') : $this->t('Editorial @number', ['@number' => $i - 1])),
      'type' => 'content_moderation',
    ]);
    assert($workflow instanceof WorkflowInterface);
    $plugin = $workflow->getTypePlugin();
    $plugin->addState('archived', (string) $this->t('Archived'));
    $settings = $plugin->getConfiguration();
    $settings['states']['archived'] = ['weight' => 5, 'published' => FALSE, 'default_revision' => TRUE] + $settings['states']['archived'];
    $settings['default_moderation_state'] = 'draft';
    $plugin->setConfiguration($settings);
    $plugin->addTransition('archive', (string) $this->t('Archive'), ['published'], 'archived');
    $plugin->addTransition('archived_draft', (string) $this->t('Restore to Draft'), ['archived'], 'draft');
    $plugin->addTransition('archived_published', (string) $this->t('Restore'), ['archived'], 'published');
    return $workflow;
  }

  /**
   * Where a person goes to moderate a type.
   *
   * @return array{0: string, 1: mixed}
   *   An address, empty when the person may not, and what to do there.
   */
  public function advice(): array {
    $workflows = $this->all();
    if (!$this->currentUser->hasPermission('administer workflows')) {
      return ['', $this->t('Ask an administrator to add it to a workflow.')];
    }
    $route = count($workflows) === 1 ? reset($workflows)->toUrl('edit-form') : Url::fromRoute($workflows === [] ? 'entity.workflow.add_form' : 'entity.workflow.collection');
    $advice = match (count($workflows)) {
      0 => $this->t('This site has no workflow for content yet: add one'),
      1 => $this->t('open the workflow @label', ['@label' => reset($workflows)->label()]),
      default => $this->t('open the workflows'),
    };
    return [$route->toString(), $advice];
  }

  /**
   * Returns the workflows of content moderation.
   *
   * @return array<string, \Drupal\workflows\WorkflowInterface>
   *   The workflows of content moderation.
   */
  private function all(): array {
    return $this->entityTypeManager->getStorage('workflow')->loadByProperties(['type' => 'content_moderation']);
  }

}
