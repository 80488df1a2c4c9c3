<?php

declare(strict_types=1);

namespace Drupal\background_agents\Entity;

use Drupal\background_agents\Agent\AgentDependencies;
use Drupal\background_agents\Agent\AgentId;
use Drupal\background_agents\Agent\DependsOnContent;
use Drupal\background_agents\AiAgents\AiAgents;
use Drupal\background_agents\Entity\Handler\AgentAccessControlHandler;
use Drupal\background_agents\Entity\Handler\AgentListBuilder;
use Drupal\background_agents\Form\Agent\AgentCloneForm;
use Drupal\background_agents\Form\Agent\AgentDisableForm;
use Drupal\background_agents\Form\Agent\AgentEnableForm;
use Drupal\background_agents\Form\AgentDeleteForm;
use Drupal\background_agents\Form\AgentForm;
use Drupal\Core\Config\Entity\ConfigEntityBase;
use Drupal\Core\Entity\Attribute\ConfigEntityType;
use Drupal\Core\Entity\EntityMalformedException;
use Drupal\Core\Entity\EntityStorageInterface;
use Drupal\Core\Entity\Routing\AdminHtmlRouteProvider;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * An agent: what it does (definition), how it runs (binding), in which role.
 *
 * It names no account: configuration travels, accounts do not. Which account of
 * this site has the role because of the agent is known by AccountMarks.
 *
 * Free JSON objects (schemas, model settings) are kept as text, so that `{}`
 * and `[]` stay apart.
 *
 * @api
 */
#[ConfigEntityType(
  id: 'background_agents_agent',
  label: new TranslatableMarkup('Background agent'),
  label_collection: new TranslatableMarkup('Background agents'),
  label_singular: new TranslatableMarkup('background agent'),
  label_plural: new TranslatableMarkup('background agents'),
  config_prefix: 'agent',
  static_cache: TRUE,
  // Programs list agents at an endpoint of their own, if they may run them.
  internal: TRUE,
  entity_keys: [
    'id' => 'id',
    'label' => 'label',
    'uuid' => 'uuid',
    'status' => 'status',
  ],
  handlers: [
    'access' => AgentAccessControlHandler::class,
    'list_builder' => AgentListBuilder::class,
    'form' => [
      'add' => AgentForm::class,
      'edit' => AgentForm::class,
      'delete' => AgentDeleteForm::class,
      'clone' => AgentCloneForm::class,
      'enable' => AgentEnableForm::class,
      'disable' => AgentDisableForm::class,
    ],
    'route_provider' => [
      'html' => AdminHtmlRouteProvider::class,
    ],
  ],
  links: [
    'collection' => '/admin/config/services/background-agents',
    'add-form' => '/admin/config/services/background-agents/add',
    'edit-form' => '/admin/config/services/background-agents/manage/{background_agents_agent}',
    'delete-form' => '/admin/config/services/background-agents/manage/{background_agents_agent}/delete',
    'clone-form' => '/admin/config/services/background-agents/manage/{background_agents_agent}/clone',
    'enable' => '/admin/config/services/background-agents/manage/{background_agents_agent}/enable',
    'disable' => '/admin/config/services/background-agents/manage/{background_agents_agent}/disable',
  ],
  admin_permission: 'administer background agents',
  label_count: [
    'singular' => '@count background agent',
    'plural' => '@count background agents',
  ],
  lookup_keys: ['role'],
  config_export: [
    'id',
    'label',
    'description',
    'definition',
    'binding',
    'role',
    'rules',
    'four_eyes',
    'import_notes',
    'progress',
    'examples',
  ],
)]
class Agent extends ConfigEntityBase {

  use AgentBinding;
  use AgentDefinition;
  use AgentDocument;
  use AgentReviewTrait;
  use DependsOnContent {
    preSave as private forgetAsked;
  }

  /**
   * The machine name; NULL for a copy that has none yet.
   */
  protected ?string $id = NULL;

  /**
   * The label, for people.
   */
  protected string $label = '';

  /**
   * What the agent does, for people.
   */
  protected string $description = '';

  /**
   * The keys of definition in config/schema, such as system_prompt and tools.
   */
  protected array $definition = [];

  /**
   * The keys of binding in config/schema, such as model, limits, content.
   */
  protected array $binding = [];

  /**
   * Id of the agent role whose account it acts as.
   */
  protected ?string $role = NULL;

  /**
   * Plain sentences that each run is told beside the system prompt.
   *
   * @var string[]
   */
  protected array $rules = [];

  /**
   * Whether who started a run may not accept its drafts.
   */
  protected bool $four_eyes = FALSE;

  /**
   * What an import of an AI agent left out or changed, one part a line.
   *
   * @var string[]
   */
  protected array $import_notes = [];

  /**
   * Whether what a run does is told step by step.
   */
  protected bool $progress = TRUE;

  /**
   * Inputs that show what it is for: each has label, and input as JSON text.
   *
   * @var array<array{label: string, input: string}>
   */
  protected array $examples = [];

  public const array DEFINITION = [
    'system_prompt' => '',
    'input_schema' => NULL,
    'output_schema' => NULL,
    'tools' => [],
    'ai_agent' => NULL,
  ];

  public const array BINDING = [
    'model' => '',
    'fallback_model' => NULL,
    'model_settings' => NULL,
    'limits' => [],
    'content' => [],
    'fields' => [],
    'mcp_servers' => [],
    'langcodes' => [],
    'may_publish' => FALSE,
    'may_write_unmoderated' => FALSE,
    'priority' => 5,
  ];

  /**
   * {@inheritdoc}
   */
  public function __construct(array $values, $entity_type) {
    parent::__construct($values, $entity_type);
    $this->definition += self::DEFINITION;
    $this->binding += self::BINDING;
  }

  /**
   * Returns what the agent does, for people.
   */
  public function getDescription(): string {
    return $this->description;
  }

  /**
   * The binding, whole: every key of self::BINDING is there.
   */
  public function getBinding(): array {
    return $this->binding;
  }

  /**
   * Id of the role that its account has; NULL when none was chosen yet.
   */
  public function getRole(): ?string {
    return $this->role;
  }

  /**
   * {@inheritdoc}
   *
   * @throws \Drupal\Core\Entity\EntityMalformedException
   *   A new agent has a reserved machine name.
   */
  public function preSave(EntityStorageInterface $storage): void {
    if ($this->isNew() && AgentId::isReserved((string) $this->id)) {
      throw new EntityMalformedException(sprintf('The id "%s" of an agent is reserved.', $this->id));
    }
    $this->forgetAsked($storage);
  }

  /**
   * {@inheritdoc}
   */
  protected function needs(AgentDependencies $dependencies): array {
    return $dependencies->ofAgent($this);
  }

  /**
   * {@inheritdoc}
   */
  protected function goOnWithout(array $modules, AgentDependencies $dependencies): bool {
    $stays = static fn (string $type): bool => !in_array($dependencies->moduleOf($type), $modules, TRUE);
    foreach (['content', 'fields'] as $key) {
      $this->binding[$key] = array_filter($this->binding[$key], $stays, ARRAY_FILTER_USE_KEY);
    }
    return TRUE;
  }

  /**
   * {@inheritdoc}
   */
  public function forgetDeleted(string $name): void {
    if ($name === "user.role.$this->role") {
      $this->role = NULL;
    }
    $dependencies = \Drupal::service(AgentDependencies::class);
    $this->binding['content'] = $dependencies->contentWithout($this->getContent(), $name);
    $this->binding['fields'] = $dependencies->fieldsWithout($this->binding['fields'], $name);
    $this->binding['langcodes'] = $this->restrict($this->binding['langcodes'], self::member($name, 'language.entity.'));
    if ($this->isAiAgent() && self::member($name, AiAgents::PREFIX) === $this->getAiAgentId()) {
      $this->disable();
    }
    $this->save();
  }

}
